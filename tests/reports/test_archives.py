"""Reports inside archives: found, read, and never a way to other files."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from ado_publisher import reports
from ado_publisher.errors import ReportError

SAMPLES = Path(__file__).parent / "samples"
JUNIT = (SAMPLES / "junit/verdicts.xml").read_bytes()
CARD = (SAMPLES / "allure/pays-by-card.json").read_bytes()
MEMBERS = {"b/junit.xml": JUNIT, "a/x-result.json": CARD, "a/x-container.json": b"{}", "readme.md": b"# no"}


def zipped(path, members, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **more)
    return path


def tarred(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize(("name", "pack"), [("r.zip", zipped), ("r.tar.gz", tarred), ("odd.name", zipped)])
def test_the_reports_in_an_archive_are_read_like_files(tmp_path, monkeypatch, name, pack):
    monkeypatch.chdir(tmp_path)
    pack(tmp_path / name, MEMBERS)
    found = reports.find([name], tmp_path)
    assert found == reports.Found((f"{name}/a/x-result.json", f"{name}/b/junit.xml"), ())
    card, *junit = [result for path in found.files for result in reports.read(path)]
    assert (card.name, card.file) == ("pays by card", f"{name}/a/x-result.json")
    assert len(junit) == 10
    assert reports.find([name, "!**/*.json"], tmp_path).files == (f"{name}/b/junit.xml",)
    assert reports.find([f"{name}/b/junit.xml"], tmp_path).files == (f"{name}/b/junit.xml",)


def test_a_single_report_that_was_packed_is_read(tmp_path):
    (tmp_path / "junit.xml.gz").write_bytes(gzip.compress(JUNIT))
    found = reports.find(["junit.xml.gz"], tmp_path)
    assert found.files == ("junit.xml.gz/junit.xml",)
    assert len(list(reports.read(str(tmp_path / found.files[0])))) == 10


def test_an_archive_is_published_like_its_files(cli, tmp_path):
    zipped(tmp_path / "results.zip", MEMBERS)
    done = cli("inspect", "results.zip", "--json")
    assert done.code == 0, done.output
    assert [(file["path"], file["total"]) for file in done.json()["files"]] == [
        ("results.zip/a/x-result.json", 1),
        ("results.zip/b/junit.xml", 10),
    ]


@pytest.mark.parametrize(
    "name", ["../out.xml", "/etc/out.xml", "a/../../out.xml", "..\\out.xml", "C:/out.xml"]
)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_name_that_leads_out_is_refused(tmp_path, name, pack):
    path = pack(tmp_path / "evil.zip", {name: JUNIT})
    (problem,) = reports.find(["evil.zip"], tmp_path).problems
    assert "leads out of the archive" in problem.message
    with pytest.raises(ReportError):
        list(reports.read(f"{path}/{name}"))
    assert not (tmp_path.parent / "out.xml").exists()


def test_links_and_devices_in_a_tar_are_no_reports(tmp_path):
    with tarfile.open(tmp_path / "links.tar", "w") as archive:
        for kind, target in (
            (tarfile.SYMTYPE, "/etc/passwd"),
            (tarfile.LNKTYPE, "x"),
            (tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(f"{kind.decode()}.xml")
            info.type, info.linkname = kind, target
            archive.addfile(info)
    (problem,) = reports.find(["links.tar"], tmp_path).problems
    assert "no report in this archive" in problem.message


def test_a_zip_bomb_is_refused_before_it_fills_the_disk(tmp_path):
    zipped(tmp_path / "bomb.zip", {"r.xml": b"<testsuite>" + b" " * (80 * 1024**2) + b"</testsuite>"})
    assert (tmp_path / "bomb.zip").stat().st_size < 100_000
    (problem,) = reports.find(["bomb.zip"], tmp_path).problems
    assert "a zip bomb?" in problem.message


@pytest.mark.parametrize("cut", [10, 60, 0.5])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_damaged_archive_is_told(tmp_path, pack, cut):
    path = pack(tmp_path / "r.bin", {"junit.xml": JUNIT * 50})
    whole = path.read_bytes()
    path.write_bytes(whole[: cut if cut > 1 else int(len(whole) * cut)])
    (problem,) = reports.find(["r.bin"], tmp_path).problems
    assert problem.file == "r.bin"
    assert "cannot be unpacked" in problem.message


def test_an_archive_with_a_password_is_told(tmp_path):
    path = zipped(tmp_path / "r.zip", {"junit.xml": JUNIT})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (problem,) = reports.find(["r.zip"], tmp_path).problems
    assert "has it a password?" in problem.message


@pytest.mark.parametrize("names", [("a.xml", "a.xml"), ("a.xml", "./a.xml")])
def test_a_name_that_stands_twice_in_an_archive_is_refused(tmp_path, names):
    with tarfile.open(tmp_path / "twice.tar", "w") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(JUNIT)
            archive.addfile(info, io.BytesIO(JUNIT))
    (problem,) = reports.find(["twice.tar"], tmp_path).problems
    assert "holds 'a.xml' twice" in problem.message
