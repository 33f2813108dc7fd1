"""Reports inside archives: found, read, and never a way to other files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import resource
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from ado_publisher import reports
from ado_publisher.errors import ReportError
from ado_publisher.reports import _archive

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


def packed_as(path, method, content):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("junit.xml", content)
    return bytearray(path.read_bytes())


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", [50, 0.5])
def test_a_damaged_member_is_told_however_it_is_packed(tmp_path, method, at):
    data = packed_as(tmp_path / "r.zip", method, os.urandom(4000))
    place = at if at > 1 else int(len(data) * at)
    data[place : place + 8] = b"\xff" * 8
    (tmp_path / "r.zip").write_bytes(data)
    (problem,) = reports.find(["r.zip"], tmp_path).problems
    assert "cannot be unpacked" in problem.message


@pytest.mark.parametrize("name", ["r.xml.xz", "r.tar.xz", "r.xml.bz2"])
def test_what_is_packed_in_another_way_is_told_damaged_or_not(tmp_path, name):
    whole = (bz2 if name.endswith("bz2") else lzma).compress(JUNIT)
    for content in (whole, whole[:20]):
        (tmp_path / name).write_bytes(content)
        assert reports.find([name], tmp_path).files == (name,)
        with pytest.raises(ReportError, match="neither XML nor JSON"):
            list(reports.read(str(tmp_path / name)))


@pytest.mark.parametrize("name", ["", "\xff\xff.xml", "a\0b.xml"])
def test_a_name_that_is_none_is_told(tmp_path, name):
    data = bytearray(zipped(tmp_path / "r.zip", {"nnnnnn.xml": JUNIT}).read_bytes())
    directory = data.index(b"PK\x01\x02")
    if name:
        raw = name.encode("latin-1").ljust(10, b"x")
        data[30:40] = data[directory + 46 : directory + 56] = raw
        data[directory + 9] |= 8  # the name is UTF-8, the directory says
    else:
        data[directory + 28] = 0
    (tmp_path / "r.zip").write_bytes(data)
    assert len(reports.find(["r.zip"], tmp_path).problems) == 1


def test_a_nul_in_the_name_of_a_tars_member_is_told(tmp_path):
    with tarfile.open(tmp_path / "r.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.xml")
        info.pax_headers = {"path": "a\0b.xml"}
        archive.addfile(info)
    (problem,) = reports.find(["r.tar"], tmp_path).problems
    assert "leads out" in problem.message


@pytest.mark.parametrize("name", ["r.tar", "r.tar.gz"])
def test_a_tar_that_ends_with_a_zip_is_still_a_tar(tmp_path, name):
    trace = zipped(tmp_path / "trace.zip", {"other.xml": JUNIT}).read_bytes()
    content = tarred(tmp_path / "r.tar.gz", {"junit.xml": JUNIT, "trace.zip": trace}).read_bytes()
    if name == "r.tar":
        (tmp_path / name).write_bytes(gzip.decompress(content))
    assert reports.find([name], tmp_path).files == (f"{name}/junit.xml",)


@pytest.mark.parametrize("harm", ["cut", "damaged"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_tar_whose_later_members_cannot_be_reached_is_told(tmp_path, harm, is_packed):
    whole = gzip.decompress(
        tarred(tmp_path / "r.tar.gz", {"a.xml": JUNIT, "b.xml": JUNIT, "c.xml": JUNIT}).read_bytes()
    )
    place = whole.index(b"b.xml")
    harmed = whole[:place] if harm == "cut" else whole[:place] + b"?" + whole[place + 1 :]
    (tmp_path / "r.tar").write_bytes(gzip.compress(harmed) if is_packed else harmed)
    (problem,) = reports.find(["r.tar"], tmp_path).problems
    assert "cannot be unpacked" in problem.message


def test_a_packed_tar_that_says_at_its_end_that_it_is_damaged_is_told(tmp_path):
    path = tarred(tmp_path / "r.tar.gz", {"a.xml": JUNIT})
    data = bytearray(path.read_bytes())
    data[-8] ^= 1  # the checksum
    path.write_bytes(data)
    (problem,) = reports.find(["r.tar.gz"], tmp_path).problems
    assert "cannot be unpacked" in problem.message


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_without_end_takes_no_memory(tmp_path, kind):
    info = tarfile.TarInfo("a.xml")
    info.type, info.size = kind, 400 * 1024**2
    with gzip.open(tmp_path / "r.tar.gz", "wb", 1) as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(400):
            file.write(bytes(1024**2))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (problem,) = reports.find(["r.tar.gz"], tmp_path).problems
    assert "a header in it is far too long" in problem.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_many_empty_members_of_a_packed_tar_take_linear_time(tmp_path):
    names = {f"{number}.txt": b"" for number in range(20_000)}
    tarred(tmp_path / "r.tar.gz", {**names, "a.xml": JUNIT})
    assert reports.find(["r.tar.gz"], tmp_path).files == ("r.tar.gz/a.xml",)


def disk():
    """The files of this process's own that are on the disk now."""
    return sum(len(names) for place in _archive.folders() for _, _, names in os.walk(place))


def folders_on_disk():
    return sum(len(names) for place in _archive.folders() for _, names, _ in os.walk(place))


@pytest.fixture
def unpacking(monkeypatch):
    """The archives that were gone through, or of which a member was opened, in their order."""
    seen = []
    for module, name in ((_archive, "_unpack"), (_archive, "_unpacked_one")):
        real = getattr(module, name)

        def counted(first, *rest, _real=real, _name=name, **more):
            seen.append((_name, first.path if _name == "_unpack" else first.name))
            return _real(first, *rest, **more)

        monkeypatch.setattr(module, name, counted)
    return seen


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_that_cannot_be_unpacked_is_tried_once_and_leaves_nothing(tmp_path, unpacking, pack):
    path = pack(tmp_path / "r.bin", {"a.xml": JUNIT, "junit.xml": os.urandom(90_000)})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data[:-10] if pack is tarred else data)
    before = disk(), folders_on_disk()
    for _ in range(5):
        (problem,) = reports.find([str(path)], tmp_path).problems
        assert "cannot be unpacked" in problem.message
        with pytest.raises(ReportError, match="cannot be unpacked"):
            reports.unpacked(f"{path}/a.xml")
    assert len(unpacking) == 1
    assert (disk(), folders_on_disk()) == before


def test_files_that_cannot_be_unpacked_are_tried_once_and_leave_nothing(tmp_path, unpacking):
    path = zipped(tmp_path / "r.zip", {"a.xml": JUNIT, "a.png": os.urandom(90_000), "b.png": b"b"})
    data = bytearray(path.read_bytes())
    data[data.index(b"a.png") + 45_000] ^= 255
    path.write_bytes(data)
    reports.find(["r.zip"], tmp_path)
    before = disk()
    for _ in range(5):
        with pytest.raises(ReportError, match="cannot be unpacked"):
            reports.unpacked(f"{path}/a.png")
    assert (disk(), len(unpacking)) == (before, 2)
    # The others in it are none the worse for it.
    assert reports.unpacked(f"{path}/b.png").read_bytes() == b"b"


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_many_archives_are_unpacked_once_each(tmp_path, unpacking, pack):
    paths = [pack(tmp_path / f"{number}.bin", {"a.xml": JUNIT, "a.png": b"x"}) for number in range(70)]
    places = [[reports.unpacked(f"{path}/{name}") for path in paths] for name in ("a.png", "a.xml") * 2]
    assert places[:2] == places[2:]
    assert len(unpacking) == 140


def test_of_a_zip_only_the_files_that_are_asked_for_are_unpacked(tmp_path):
    path = zipped(tmp_path / "r.zip", {"a.xml": JUNIT, **{f"{n}.png": b"x" for n in range(50)}})
    before = disk()
    assert reports.unpacked(f"{path}/7.png").read_bytes() == b"x"
    assert reports.unpacked(f"{path}/none.png") is None
    assert disk() == before + 1


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_all_archives_together_unpack_to_no_more_than_the_disk_can_be_asked_for(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(_archive._process.room, "left", 250_000)
    for name in "abc":
        pack(tmp_path / f"{name}.bin", {"r.xml": b"<testsuite/>", "x.png": bytes(100_000)})
    before = disk()
    for name in "ab":
        assert reports.unpacked(f"{tmp_path}/{name}.bin/x.png").stat().st_size == 100_000
    with pytest.raises(ReportError, match="all archives together"):
        reports.unpacked(f"{tmp_path}/c.bin/x.png")
    left = _archive._process.room.left
    assert 49_000 < left <= 50_000
    assert disk() <= before + 4  # only those that were asked for


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_file_too_large_to_be_attached_costs_the_others_nothing(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(_archive, "_LARGEST_FILE", 1000)
    path = pack(tmp_path / "r.bin", {"r.xml": b"<testsuite/>", "video.webm": bytes(2000), "a.png": b"x"})
    assert reports.unpacked(f"{path}/a.png").read_bytes() == b"x"
    with pytest.raises(ReportError, match=r"video.webm has 0 MiB: too large"):
        reports.unpacked(f"{path}/video.webm")


def test_a_link_in_a_zip_is_no_file(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("r.xml", JUNIT)
    assert reports.unpacked(f"{tmp_path}/r.zip/link.png") is None


def test_no_place_for_temporary_files_is_told(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    zipped(tmp_path / "r.zip", {"r.xml": JUNIT})
    monkeypatch.setattr(_archive, "mkdtemp", refuse)
    (problem,) = reports.find(["r.zip"], tmp_path).problems
    assert "No space left on device" in problem.message


@pytest.mark.parametrize("harm", [False, True])
def test_nothing_that_was_unpacked_outlives_the_process(cli, tmp_path, harm):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    path = zipped(tmp_path / "r.zip", MEMBERS)
    if harm:
        path.write_bytes(path.read_bytes()[:-30])
    done = cli("inspect", "r.zip", env={"TMPDIR": str(temporary)})
    assert done.code == (3 if harm else 0), done.output
    assert list(temporary.iterdir()) == []
