"""Every format under damage and malice: results or a ReportError, in bounded time and memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from reports import fuzz
from support.sampling import seed, slow_run

from ado_publisher import reports
from ado_publisher.errors import ReportError

SAMPLES = fuzz.samples()
# These two begin otherwise than others do: in UTF-16, and with a DOCTYPE.
ODD = ("utf-16.xml", "namespaces.xml")
XML = [path for path in SAMPLES if path.suffix in (".xml", ".trx") and path.name not in ODD]
JSON = [path for path in SAMPLES if path.suffix == ".json"]
TRIES = 200 if slow_run() else 15


def named(path):
    return f"{path.parent.name}/{path.name}"


def refused(path):
    with pytest.raises(ReportError) as caught:
        list(reports.read(str(path)))
    return caught.value


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_damaged_sample_is_read_or_refused(tmp_path, sample):
    chance = random.Random(f"{seed()} {sample.name}")
    content = sample.read_bytes()
    for _ in range(TRIES):
        damaged = fuzz.damaged(content, chance)
        assert fuzz.read(tmp_path / f"fuzz{sample.suffix}", damaged) is None, damaged


@pytest.mark.parametrize("sample", sorted(Path(__file__).parent.glob("fuzzed/*")), ids=named)
def test_what_fuzzing_found_is_read_or_refused(tmp_path, sample):
    assert fuzz.read(tmp_path / sample.name, sample.read_bytes()) is None


@pytest.mark.parametrize("sample", XML, ids=named)
def test_external_entities_are_refused_by_every_xml_format(tmp_path, sample):
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    text = sample.read_bytes().decode("utf-8-sig", "replace")
    text = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
    path = tmp_path / sample.name
    path.write_text(f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>{text}', encoding="utf-8")
    error = refused(path)
    assert "declares XML entities (e)" in error.message
    assert "the secret" not in str(error)


@pytest.mark.parametrize("sample", JSON, ids=named)
def test_a_key_that_stands_twice_is_refused_by_every_json_format(tmp_path, sample):
    text = sample.read_text(encoding="utf-8")
    word = "status" if '"status"' in text else "fullTitle"
    path = tmp_path / sample.name
    path.write_text(text.replace(f'"{word}"', f'"{word}":"passed","{word}"'), encoding="utf-8")
    assert "stands twice" in refused(path).message


@pytest.mark.parametrize("sample", JSON, ids=named)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_of_other_encodings_is_read_the_same(tmp_path, sample, encoding):
    text = sample.read_text(encoding="utf-8")
    path = tmp_path / sample.name
    path.write_text(text, encoding=encoding)
    known = [(result.name, result.outcome) for result in reports.read(str(sample))]
    assert [(result.name, result.outcome) for result in reports.read(str(path))] == known


@pytest.mark.parametrize("kind", ["[", '{"a":'])
@pytest.mark.parametrize(
    "head", ['{"results":{"tool":{"name":"x"},"tests":', '{"results":{"tool":{"name":"x"},"x":']
)
def test_json_nested_without_end_is_refused(tmp_path, head, kind):
    path = tmp_path / "deep.json"
    path.write_text(head + kind * 2_000_000)
    assert "nested deeper than 512 levels" in refused(path).message if "tests" in head else refused(path)


def test_a_broken_json_names_line_and_column(tmp_path):
    path = tmp_path / "r.json"
    path.write_text('{"results": {"tool": {"name": "x"},\n "tests": [\n  {"name": "a", "status": nope}]}}')
    error = refused(path)
    assert (error.line, error.column) == (3, 28)
    assert "not well-formed JSON" in error.message


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "r.json"
    path.write_bytes(
        b'{"results": {"tool": {"name": "x"},\n "tests": [{"name": "\xff\xfe", "status": "passed"}]}}'
    )
    assert "not well-formed JSON" in refused(path).message


def test_a_number_of_any_size_is_no_reason_to_refuse_a_report(tmp_path):
    path = tmp_path / "r.json"
    tests = [{"name": "a", "status": "passed", "duration": 10**30, "id": 10**25}]
    path.write_text(json.dumps({"results": {"tool": {"name": "x"}, "tests": tests}}))
    (result,) = reports.read(str(path))
    assert result.name == "a"


PEAK = """
import sys
from pathlib import Path
from ado_publisher.inspection import inspect
told = inspect(sys.argv[1])
status = Path("/proc/self/status").read_text()
print(told.total, bool(told.error), int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def looked_at(path):
    """Tests, whether there was an error, and the peak in MB, of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, path], capture_output=True, text=True, timeout=600, check=True
    )
    total, failed, peak = done.stdout.split()
    return int(total), failed == "True", int(peak)


def written(path, parts):
    with path.open("w", encoding="utf-8") as file:
        file.writelines(parts)
    return path


MANY = 1_000_000 if slow_run() else 25_000
TEXT = "x" * 300
SHAPES = {
    "ctrf on one line": (
        '{"results":{"tool":{"name":"x"},"tests":[{"name":"0","status":"passed"}',
        f',{{"name":"a","status":"passed","message":"{TEXT}"}}',
        "]}}",
    ),
    "go": ("", f'{{"Action":"pass","Package":"p","Test":"T","Elapsed":1,"Output":"{TEXT}"}}\n', ""),
    "nunit3": (
        '<test-run id="1"><test-suite name="s">',
        f'<test-case name="a" result="Passed"><output>{TEXT}</output></test-case>',
        "</test-suite></test-run>",
    ),
    "robot": (
        '<robot><suite name="s">',
        f'<test name="a"><kw name="k"><msg>{TEXT}</msg></kw><status status="PASS"/></test>',
        "</suite></robot>",
    ),
    "xunit": (
        '<assemblies><assembly name="a"><collection name="c">',
        f'<test name="a" result="Pass"><output>{TEXT}</output></test>',
        "</collection></assembly></assemblies>",
    ),
    "trx": (
        '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>',
        f'<UnitTestResult testId="1" testName="a" outcome="Passed"><Output><StdOut>{TEXT}</StdOut></Output>'
        "</UnitTestResult>",
        '</Results><TestDefinitions><UnitTest id="1"><TestMethod className="c" name="a"/></UnitTest>'
        "</TestDefinitions></TestRun>",
    ),
    "mocha": (
        '{"stats":{"suites":1,"tests":1},"passes":[],"pending":[],"failures":[],"tests":[{"title":"0","err":{}}',
        f',{{"title":"a","fullTitle":"s a","err":{{"message":"{TEXT}"}}}}',
        "]}",
    ),
    "cucumber": (
        '[{"uri":"u","elements":[]}',
        ',{"uri":"u","elements":[{"type":"scenario","name":"a","steps":[{"name":"s","result":{"status":"passed",'
        f'"error_message":"{TEXT}"' + "}}]}]}",
        "]",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_memory_does_not_grow_with_the_number_of_tests(tmp_path, shape):
    head, test, end = SHAPES[shape]
    path = written(tmp_path / "many", [head, *([test] * MANY), end])
    total, failed, peak = looked_at(path)
    assert (total in (MANY, MANY + 1), failed) == (True, False)
    assert peak < 48


@pytest.mark.parametrize(
    "shape",
    [
        ("<testsuites>", '<testsuite name="s"/>', "</testsuites>"),
        ('<test-run id="1">', '<test-suite name="s"/>', "</test-run>"),
        ("<robot>", '<suite name="s"/>', "</robot>"),
    ],
    ids=["junit", "nunit3", "robot"],
)
def test_millions_of_empty_suites_take_no_memory(tmp_path, shape):
    count = 10_000_000 if slow_run() else 100_000
    path = written(tmp_path / "empty.xml", [shape[0], *([shape[1]] * count), shape[2]])
    total, failed, peak = looked_at(path)
    assert (total, failed) == (0, False)
    assert peak < 48


@pytest.mark.parametrize("root", ["testsuite", 'test-run id="1"', "robot"])
def test_an_attribute_of_fifty_megabytes_is_read_or_refused(tmp_path, root):
    size = 50_000_000
    path = written(
        tmp_path / "wide.xml", [f"<{root}><testcase name='", "x" * size, f"'/></{root.split()[0]}>"]
    )
    total, _, peak = looked_at(path)
    assert total in (0, 1)
    assert peak < 20 * size // 2**20


@pytest.mark.slow
def test_500_megabytes_of_json_on_one_line_are_read_in_bounded_memory(tmp_path):
    test = ',{"name":"a","status":"passed","message":"' + "x" * 5000 + '"}'
    head = '{"results":{"tool":{"name":"x"},"tests":[{"name":"0","status":"passed"}'
    path = written(tmp_path / "line.json", [head, *([test] * 100_000), "]}}"])
    assert path.stat().st_size > 500_000_000
    total, failed, peak = looked_at(path)
    assert (total, failed) == (100_001, False)
    assert peak < 48


def test_a_text_without_end_is_refused(tmp_path):
    head = '{"results":{"tool":{"name":"x"},"tests":[{"name":"'
    path = written(tmp_path / "text.json", [head, "x" * 36_000_000])
    assert "a text in it is longer than" in refused(path).message


def test_a_file_that_grows_while_it_is_read_ends(tmp_path):
    path = written(tmp_path / "grows.xml", ["<testsuite>", '<testcase name="a"/>' * 5000])
    stop = threading.Event()

    def grow():
        with path.open("a", encoding="utf-8") as file:
            while not stop.is_set():
                file.write('<testcase name="a"/>' * 100)
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(ReportError):
            list(reports.read(str(path), limits=reports.Limits(bytes=6_000_000)))
    finally:
        stop.set()
        writer.join()


def test_a_name_that_no_system_can_have_is_no_file(tmp_path):
    sample = Path(__file__).parent / "samples/katalon"
    one = next(path for path in sorted(sample.iterdir()) if path.suffix == ".xml")
    text = one.read_text(encoding="utf-8").replace(
        "</testcase>", f"<system-out>[[ATTACHMENT|{'9' * 400}.png]]</system-out></testcase>"
    )
    (tmp_path / "r.xml").write_text(text, encoding="utf-8")
    done = reports.collect([(str(tmp_path / "r.xml"), "katalon", None)])
    assert done.errors == ()
