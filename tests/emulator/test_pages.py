"""The web pages: what they show, that their links lead somewhere, and that nothing in them is active."""

import re
from html import unescape

import pytest
import requests
from support.emulator_pages import EVIL, FILES, addresses, attach, publish, rich_seed
from support.emulator_seed import small_seed


def read(address):
    return requests.get(address, timeout=9)


def text_of(page):
    """Return the words of a page, without its marks."""
    body = page.partition("</style>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.fixture
def shop(start):
    service = start(rich_seed())
    return service, addresses(service, publish(service))


def test_every_page_is_html_without_scripts_and_needs_no_credential(shop):
    _, pages = shop
    for name, address in pages.items():
        page = read(address)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), name
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in page.text
        assert not re.search(r"<[^>]+ (on\w+|style)=", page.text), name


def test_every_link_of_every_page_leads_to_a_page(shop):
    service, pages = shop
    seen, pending = set(), list(pages.values())
    while pending:
        address = pending.pop()
        page = read(address)
        assert page.status_code == 200, address
        seen.add(address)
        if not page.headers["content-type"].startswith("text/html"):
            continue
        for found in re.findall(r'(?:href|src)="([^"]+)"', page.text):
            target = unescape(found)
            if target.startswith(service.emulator.root_url) and target not in seen:
                seen.add(target)
                pending.append(target)
    assert len(seen) > 40


def test_the_plan_shows_its_suites_as_a_tree_with_outcome_tester_and_last_run(shop):
    _, pages = shop
    page = read(pages["plan"]).text
    text = text_of(page)
    assert re.search(r"Login suite 12 .* Deep suite 14 .* Smoke suite 13", text)
    assert re.search(r"101 Valid login point 1 ✗ Failed Windows Ann Run 2 20261122\.1 20\d\d-", text)
    assert re.search(r"103 Deep point 4 ▶ InProgress Windows Run 2", text)
    assert page.index("suite 14") < page.index("</details></details>")
    assert "✗ 1 Failed ■ 1 Blocked ✓ 1 Passed ▶ 1 InProgress 2 Active" in text
    suite = text_of(read(pages["suite"]).text)
    assert "Suite 12: Login" in suite
    assert "Smoke" not in suite


def test_a_point_shows_every_result_that_was_written_to_it_newest_first(shop):
    service, pages = shop
    text = text_of(read(pages["point"]).text)
    assert re.search(r"History .* 100000 shown on the point ✗ Failed 2 .* 100000 ✓ Passed 1 nightly", text)
    assert "812 ms" in text
    service.patch("test/runs/2/results", [{"id": 100000, "outcome": "Passed"}])
    again = text_of(read(pages["point"]).text)
    assert re.search(r"shown on the point ✓ Passed 2 .* ✓ Passed 1 nightly", again)


def test_the_history_of_a_synchronised_point_has_the_results_of_its_twins(start):
    seed = small_seed()
    seed["projects"][0]["plans"][0]["sync_outcome_across_suites"] = True
    service = start(seed)
    run = service.planned_run(1)
    service.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "Failed", "state": "Completed"}])
    text = text_of(read(f"{service.emulator.url}/Shop/_testPlans/_results?contextPointId=6").text)
    assert re.search(r"Outcome ✗ Failed .* 100000 shown on the point ✗ Failed", text)
    assert "other suites" in text


def test_the_page_of_a_run_shows_its_figures_build_release_comment_and_results(shop):
    _, pages = shop
    text = text_of(read(pages["run"]).text)
    for words in ("✗ 1 Failed", "20261122.1", "Release-7 Staging", "nightly", "junit.xml", "<testsuite/>"):
        assert words in text
    assert '<a href="https://ci.example/run/7?a=1&amp;b=2" rel=' in read(pages["run"]).text
    assert re.search(r"101 Valid login result 100000 .* ✗ Failed Windows 1 min 15 s AssertionError", text)
    only = text_of(read(pages["failed results"]).text)
    assert "result 100000" in only
    assert "result 100001" not in only


def test_an_outcome_that_is_not_completed_is_not_shown_as_one(service):
    run = service.planned_run(1, 3)
    service.patch(
        f"test/runs/{run}/results",
        [{"id": 100000, "outcome": "Passed"}, {"id": 100001, "state": "Completed"}],
    )
    for tail in ("", "&resultId=100000", "&resultId=100001"):
        text = text_of(read(f"{service.emulator.url}/Shop/_TestManagement/Runs?runId={run}{tail}").text)
        assert "Passed" not in text
        assert ("No outcome" if tail.endswith("1") else "▶ Pending") in text


def test_the_page_of_a_result_shows_everything_escaped(shop):
    _, pages = shop
    page = read(pages["result"]).text
    text = text_of(page)
    for words in ("Error message AssertionError", "Stack trace at shop.Login", "Attempts", "Plan and suite"):
        assert words in text
    assert re.search(r"✗ Failed Attempt# 0 .* ✗ Failed row 2 .* ✗ Failed Attempt# 1 2\.00 s", text)
    assert text.count(EVIL) >= 10
    assert "attempt.txt 12 bytes, GeneralAttachment of attempt 1" in text
    assert "ERROR <b>boom</b>" in text
    assert re.search(r'<img src="[^"]+attachmentId=1&amp;view=true" alt="shot.png"', page)
    assert page.count("<img") == 1


def test_only_raster_images_are_shown_and_everything_else_is_a_download(shop):
    _, pages = shop
    links = re.findall(
        r'href="([^"]+/Attachments\?attachmentId=\d+)">([^<]+)</a>', read(pages["result"]).text
    )
    files = {unescape(name): unescape(address) for address, name in links}
    for name, content in FILES.items():
        for address in (files[name], f"{files[name]}&view=true"):
            answer = read(address)
            assert answer.content == content
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            if name == "shot.png" and address.endswith("view=true"):
                assert answer.headers["Content-Type"] == "image/png"
            else:
                assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
                assert answer.headers["Content-Type"] == "application/octet-stream"
    other = files["shot.png"].replace("/Shop/", "/Other/")
    assert read(other).status_code == 404


def test_a_name_cannot_break_out_of_the_header(service):
    run = service.planned_run(1)
    attach(service, f"test/runs/{run}/attachments", 'a"\\;b\u202e.html', b"x")
    answer = read(f"{service.emulator.url}/Shop/_TestManagement/Attachments?attachmentId=1")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a__;b_.html"'


def test_a_long_text_attachment_is_shown_in_part(service):
    run = service.planned_run(1)
    attach(service, f"test/runs/{run}/attachments", "long.log", b"a" * 65535 + "ü".encode() + b"END")
    page = text_of(read(f"{service.emulator.url}/Shop/_TestManagement/Runs?runId={run}").text)
    assert "The first 64 KiB are shown" in page
    assert "END" not in page


def test_a_big_plan_counts_all_of_its_points_and_says_which_it_shows(start):
    cases = [{"id": number, "title": f"c{number}"} for number in range(1000, 3100)]
    seed = {
        "projects": [
            {
                "name": "A & B/C",
                "plans": [{"id": 10, "name": "p", "suites": [{"id": 12, "name": "s", "cases": cases}]}],
            }
        ]
    }
    service = start(seed)
    address = service.session.get(
        f"{service.emulator.url}/_apis/projects/A%20%26%20B%2FC", auth=("", "demo-pat"), timeout=9
    ).json()["_links"]["web"]["href"]
    text = text_of(read(f"{address}/_testPlans/execute?planId=10").text)
    assert "2100 Active" in text
    assert "Only the first 2000 points are shown" in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("Nowhere", "TF200016"),
        ("Shop/_git/x", "not emulated"),
        ("Shop/_TestManagement/Runs?runId=99", "Test run 99 not found."),
        ("Shop/_TestManagement/Runs?runId=1&resultId=7", "Test result 7 in test run 1 not found."),
        ("Shop/_testPlans/execute?planId=99", "Test plan 99 not found."),
        ("Shop/_testPlans/execute?planId=10&suiteId=99", "Test suite 99 not found."),
        ("Shop/_testPlans/_results?contextPointId=99", "Test point 99 not found."),
        ("Shop/_testPlans/_results", "Test case 0 not found."),
        ("Shop/_build/results?buildId=99", "build 99"),
        ("Shop/_releaseProgress?releaseId=9", "Release 9"),
        ("_workitems/edit/99", "TF401232"),
        ("Shop/_workitems/edit/x", "TF401232"),
        ("Shop/_TestManagement/Attachments?attachmentId=9", "not emulated"),
    ],
)
def test_a_page_that_does_not_exist_is_404_and_says_what_is_missing(service, path, words):
    service.planned_run(1)
    page = read(f"{service.emulator.url}/{path}")
    assert page.status_code == 404
    assert words in page.text


def test_a_number_that_is_none_is_told(service):
    page = read(f"{service.emulator.url}/Shop/_TestManagement/Runs?runId=<b>")
    assert (page.status_code, "<b>" in page.text.replace("<b aria", "")) == (400, False)
