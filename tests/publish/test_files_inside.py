"""Attachments that stand inside reports, or beside them in an archive."""

from __future__ import annotations

import base64
import io
import json
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from ado_publisher import reports
from ado_publisher.model import Match, Outcome, Status
from ado_publisher.publish.files import AttachmentChooser, AttachmentPolicy

from .conftest import case

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
DATA = base64.b64encode(PNG).decode()


def attached(service):
    """Name and size of every file in Azure DevOps."""
    runs = service.state()["runs"]
    return sorted(
        (file["name"], file["size"]) for run in runs for row in run["results"] for file in row["attachments"]
    )


def cucumber(embedding):
    step = {"keyword": "Given ", "name": "s", "result": {"status": "failed"}, "embeddings": [embedding]}
    scenario = {"type": "scenario", "name": "TC102 pays", "steps": [step]}
    return [{"uri": "a.feature", "name": "f", "keyword": "Feature", "elements": [scenario]}]


def playwright(file):
    result = {"status": "failed", "retry": 0, "attachments": [file]}
    spec = {"title": "TC102 pays", "ok": False, "tests": [{"status": "unexpected", "results": [result]}]}
    return {"config": {"rootDir": "x"}, "suites": [{"title": "a.spec.ts", "specs": [spec]}]}


CTRF = {
    "reportFormat": "CTRF",
    "results": {
        "tool": {"name": "x"},
        "summary": {},
        "tests": [{"name": "TC102 pays", "status": "failed", "duration": 1, "screenshot": DATA}],
    },
}
XUNIT = f"""<assemblies><assembly name="a" test-framework="xUnit.net v3"><collection name="c">
<test name="TC102 pays" result="Fail"><failure/><attachments>
<attachment name="notes">as it was</attachment>
<attachment name="page" media-type="image/png">
{DATA[:20]}
{DATA[20:]}</attachment></attachments></test></collection></assembly></assemblies>"""
INSIDE = {
    "cucumber-jvm": (cucumber({"data": DATA, "mime_type": "image/png", "name": "shot"}), [("shot.png", 48)]),
    "cucumber-js": (
        cucumber({"data": DATA, "media": {"type": "image/png"}}),
        [("attachment.png", 48)],
    ),
    "playwright": (
        playwright({"name": "screenshot", "contentType": "image/png", "body": DATA}),
        [("screenshot.png", 48)],
    ),
    "ctrf": (CTRF, [("screenshot.png", 48)]),
    "xunit": (XUNIT, [("notes.txt", 9), ("page.png", 48)]),
}


@pytest.mark.parametrize("name", INSIDE)
def test_a_file_that_stands_inside_a_report_is_attached(publish, running, tmp_path, name):
    report, files = INSIDE[name]
    running.reset()
    path = tmp_path / ("r.json" if not isinstance(report, str) else "r.xml")
    path.write_text(report if isinstance(report, str) else json.dumps(report))
    done, facts = publish(running, path)
    assert facts["attachments"]["uploaded"] == len(files), done.output
    assert attached(running) == files


def test_nothing_is_attached_where_nobody_wants_it(publish, running, tmp_path):
    running.reset()
    (tmp_path / "r.json").write_text(json.dumps(INSIDE["cucumber-jvm"][0]))
    publish(running, tmp_path / "r.json", "--attach", "never")
    assert attached(running) == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a\0b<&>.png", "a-b-.png"),
        ("x" * 300 + ".png", "x" * 76 + ".png"),
        ("Ж" * 200 + ".png", "Ж" * 76 + ".png"),
        # Letters of four bytes: file systems take 255 of them.
        ("\U00020000" * 200 + ".png", "\U00020000" * 49 + ".png"),
        ("\N{GRINNING FACE}" * 200, "attachment"),
    ],
    ids=["path", "markup", "long", "cyrillic", "four-bytes", "emoji"],
)
def test_a_name_inside_a_report_leads_nowhere(publish, running, tmp_path, given, name):
    running.reset()
    report = cucumber({"data": DATA, "mime_type": "application/x-odd", "name": given})
    (tmp_path / "r.json").write_text(json.dumps(report))
    publish(running, tmp_path / "r.json")
    assert attached(running) == [(name, 48)]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("no base64!", "an attachment inside the report cannot be read: shot"),
        ("", ""),
        ("====", "cannot be read"),
    ],
)
def test_data_that_is_none_is_left_out_and_the_result_is_published(publish, running, tmp_path, data, told):
    running.reset()
    (tmp_path / "r.json").write_text(
        json.dumps(cucumber({"data": data, "mime_type": "image/png", "name": "shot"}))
    )
    done, facts = publish(running, tmp_path / "r.json")
    assert (done.code, facts["attachments"]["uploaded"]) == (0, 0), done.output
    assert told in done.output


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("failing", ["write_bytes", "mkdir"])
def test_a_file_that_finds_no_place_costs_no_result(tmp_path, monkeypatch, name, failing):
    report, files = INSIDE[name]
    path = tmp_path / ("r.json" if not isinstance(report, str) else "r.xml")
    path.write_text(report if isinstance(report, str) else json.dumps(report))

    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, failing, refuse)
    read = reports.collect([(str(path), "auto", None)], with_files=True)
    assert [(result.name, result.attachments) for result in read.results] == [("TC102 pays", ())]
    assert len(read.notices) == len(files)
    assert "cannot be written to a file (No space left on device)" in read.notices[0]


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def named(*files):
    inside = "<failure/><system-out>" + "".join(f"[[ATTACHMENT|{file}]]" for file in files) + "</system-out>"
    return f"<testsuite>{case('TC102 pays', inside)}</testsuite>"


def test_files_in_an_archive_are_attached_to_the_results_that_name_them(publish, running, tmp_path):
    running.reset()
    report = named("shots/a.png", "/home/agent/work/shots/b.png", "../data.json")
    members = {"out/r.xml": report, "out/shots/a.png": PNG, "out/b.png": PNG + b"b", "data.json": b"[1]"}
    done, facts = publish(running, zipped(tmp_path / "r.zip", members))
    assert attached(running) == [("a.png", 48), ("b.png", 49), ("data.json", 3)], done.output
    assert facts["attachments"]["failed"] == 0


def test_a_name_in_an_archive_leads_to_no_file_outside_of_it(publish, running, tmp_path):
    running.reset()
    (tmp_path / "secret.txt").write_text("secret")
    done, facts = publish(
        running, zipped(tmp_path / "r.zip", {"out/r.xml": named("../../secret.txt", "no.png")})
    )
    assert attached(running) == []
    assert facts["attachments"]["failed"] == 2, done.output


def test_an_interrupted_publish_still_has_the_files_that_stood_inside(publish, running, tmp_path, cli):
    running.reset()
    report = zipped(tmp_path / "r.zip", {"r.xml": named("a.png"), "a.png": PNG})
    running.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 401}])
    assert publish(running, report)[0].code == 4
    running.faults([])
    report.unlink()
    done = cli("resume", env={"ADO_PUBLISHER_TOKEN": "demo-pat"})
    assert attached(running) == [("a.png", 48)], done.output


def test_files_inside_are_attached_also_where_they_are_too_many_to_be_held(tmp_path):
    path = zipped(tmp_path / "r.zip", {"r.xml": named("a.png", "b.png"), "a.png": PNG, "b.png": PNG})
    (result,) = reports.read(f"{path}/r.xml")
    chooser = AttachmentChooser(AttachmentPolicy(), room=60)
    first, second = chooser.files_of([Match(result, result.outcome, Status.MATCHED)], Outcome.FAILED)
    assert (first.content, first.path, second.content) == (PNG, "", b"")
    assert Path(second.path).read_bytes() == PNG


def chosen(*paths, roots):
    """The files that go with the results of these reports, all on one point, and why others do not."""
    chooser = AttachmentChooser(AttachmentPolicy(roots=roots))
    matches = [Match(each, each.outcome, Status.MATCHED) for path in paths for each in reports.read(path)]
    return chooser.files_of(matches, Outcome.FAILED), chooser.problems


SECRET = b"secret"


@pytest.fixture
def work(tmp_path):
    """A working folder; secrets lie around it and in an archive below it."""
    folder = tmp_path / "agent/work"
    folder.mkdir(parents=True)
    for place in (tmp_path, folder.parent):
        (place / "secret.txt").write_bytes(SECRET)
    zipped(folder / "other.zip", {"secret.txt": SECRET, "out/secret.txt": SECRET})
    zipped(tmp_path / "backup.zip", {"secret.txt": SECRET})
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.txt",
        "../../../secret.txt",
        "..\\..\\..\\secret.txt",
        "{tmp}/secret.txt",
        "{tmp}/agent/work/../secret.txt",
        "../../other.zip/secret.txt",
        "../../other.zip/out/secret.txt",
        "other.zip/secret.txt",
        "{tmp}/agent/work/other.zip/secret.txt",
        "{tmp}/backup.zip/secret.txt",
        "../../../../backup.zip/secret.txt",
        "link.txt",
        "links/secret.txt",
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_report_in_an_archive_leads_to_nothing_outside_of_it(work, tmp_path, name, kind):
    report = named(name.format(tmp=tmp_path), "shots/a.png")
    links = {"out/link.txt": f"{tmp_path}/secret.txt", "out/links": str(tmp_path)}
    path = work / f"r.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("out/r.xml", report)
            archive.writestr("out/shots/a.png", PNG)
            for link, target in links.items():
                info = zipfile.ZipInfo(link)
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(info, target)
    else:
        with tarfile.open(path, "w") as archive:
            for member, content in (("out/r.xml", report.encode()), ("out/shots/a.png", PNG)):
                info = tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            for link, target in links.items():
                info = tarfile.TarInfo(link)
                info.type, info.linkname = tarfile.SYMTYPE, target
                archive.addfile(info)
    files, problems = chosen(f"{path}/out/r.xml", roots=(work,))
    assert [(file.name, file.content, file.path) for file in files] == [("a.png", PNG, "")]
    assert len(problems) == 1


@pytest.mark.parametrize(
    "name", ["other.zip/secret.txt", "../../backup.zip/secret.txt", "{tmp}/backup.zip/secret.txt"]
)
def test_a_report_beside_an_archive_leads_to_nothing_inside_of_it(work, tmp_path, name):
    (work / "r.xml").write_text(named(name.format(tmp=tmp_path)))
    files, problems = chosen(str(work / "r.xml"), roots=(work,))
    assert (files, len(problems)) == ([], 1)


def test_files_of_one_name_from_several_archives_all_go_along(publish, running, tmp_path):
    running.reset()
    for count in (1, 2):
        members = {"r.xml": named("shot.png"), "shot.png": PNG + b"x" * count}
        zipped(tmp_path / f"{count}.zip", members)
    done, _ = publish(running, tmp_path / "1.zip", tmp_path / "2.zip")
    assert attached(running) == [("shot-2.png", 50), ("shot.png", 49)], done.output


def test_files_of_one_name_from_several_folders_of_an_archive_all_go_along(tmp_path):
    members = {f"{n}/{name}": text for n in "ab" for name, text in (("r.xml", named("s.png")), ("s.png", n))}
    path = zipped(tmp_path / "r.zip", members)
    files, _ = chosen(f"{path}/a/r.xml", f"{path}/b/r.xml", roots=())
    assert [file.content for file in files] == [b"a", b"b"]


def test_a_file_of_an_archive_that_several_results_name_goes_along_once(tmp_path):
    path = zipped(tmp_path / "r.zip", {"a/r.xml": named("../s.png", "/x/../a/../s.png"), "s.png": PNG})
    files, _ = chosen(f"{path}/a/r.xml", f"{path}/a/r.xml", roots=())
    assert [file.content for file in files] == [PNG]
