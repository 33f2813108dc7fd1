"""Results of several runs, asked for by their ids."""


def named(*pairs):
    return [{"id": result, "testRun": {"id": str(run)}} for run, result in pairs]


def test_results_are_found_across_runs_in_the_order_asked_for(service):
    first, second = service.planned_run(1), service.planned_run(3, 2)
    pairs = [(second, 100001), (first, 100000), (second, 100000)]
    found = service.post("test/results", {"fields": [""], "results": named(*pairs)})
    assert [(int(item["testRun"]["id"]), item["id"]) for item in found["results"]] == pairs
    assert [item["testPoint"]["id"] for item in found["results"]] == ["2", "1", "3"]


def test_what_does_not_exist_or_stands_in_another_project_is_left_out(service):
    run = service.planned_run(1)
    body = {"results": named((run, 100000), (run, 100007), (99, 100000))}
    assert [item["id"] for item in service.post("test/results", body)["results"]] == [100000]
    service.project = "Other"
    assert service.post("test/results", body)["results"] == []


def test_too_many_results_are_refused(service):
    body = {"results": named(*[(1, 100000)] * 1001)}
    assert service.call("POST", "test/results", body).status_code == 400


def test_a_filter_instead_of_ids_is_not_emulated(service):
    answer = service.call("POST", "test/results", {"resultsFilter": {"automatedTestName": "a.b"}})
    assert (answer.status_code, "not emulated" in answer.text) == (404, True)
