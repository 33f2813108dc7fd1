"""The test cases of a Katalon project, and the ids of Azure DevOps in each `.tc` file.

An integratedEntity of the product Azure holds them under `azure.testcase.ids` (katalon.md section 1).
The files are somebody else's: no entity, DTD or network; regular files only, links are not followed,
sizes and numbers are limited.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from ado_publisher.katalon.content import CaseBinding
from ado_publisher.katalon.values import is_id
from ado_publisher.text import clean
from ado_publisher.values import shown

FOLDER = "Test Cases"
MAX_BYTES = 1024**2
MAX_FILES = 100_000

_ENDING = ".tc"
_PRODUCT = "Azure"
_KEY = "azure.testcase.ids"
_VARIABLE = re.compile(r"\$\{\s*([^{}]{1,200}?)\s*\}")
_PLACE = re.compile(r",? \(?line \d+, column \d+\)?.*$", re.DOTALL)


def read_cases(project: Path) -> tuple[dict[str, CaseBinding], list[str]]:
    """Every test case below the project, by id, and what is wrong, each with its place."""
    found: dict[str, CaseBinding] = {}
    problems: list[str] = []
    parser = _parser()
    for count, (entry, inside) in enumerate(_files(project, problems)):
        if count >= MAX_FILES:
            problems.append(
                f"{project / FOLDER} holds more than {MAX_FILES:,} test cases: the rest is not read"
            )
            break
        file = str(project / inside)
        case = case_id(inside.removesuffix(_ENDING))
        if not _is_text(case):
            problems.append(f"{shown(file)}: its name is no UTF-8: no report can name it")
        elif case in found:
            problems.append(f"{file}: {found[case].file} has the same name in other Unicode: not read")
        else:
            found[case] = _binding(entry, file, parser)
            problems += found[case].problems
    return found, problems


def case_id(name: str) -> str:
    """An id in Unicode's composed form: file systems and reports write accents in two ways."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _is_text(name: str) -> bool:
    """Python stands lone surrogates in for bytes of a name that are no UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in name)


def _files(project: Path, problems: list[str]) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Every test case's file in the order of names, and its path inside of the project with `/`."""
    if (project / FOLDER).is_symlink():
        problems.append(f"{project / FOLDER} is a link: not followed")
        return
    waiting = [FOLDER]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(project / folder) as listed:
                inside = sorted(listed, key=lambda each: each.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(f"{project / folder} cannot be read: {error.strerror}")
            continue
        folders = []
        for entry in inside:
            path = f"{folder}/{entry.name}"
            if entry.is_symlink():
                problems.append(f"{project / path} is a link: not followed")
            elif entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.name.endswith(_ENDING) and entry.is_file(follow_symlinks=False):
                yield entry, path
        waiting += reversed(folders)


def _binding(entry: os.DirEntry[str], file: str, parser: etree.XMLParser) -> CaseBinding:
    try:
        if entry.stat(follow_symlinks=False).st_size > MAX_BYTES:
            return CaseBinding(file=file, problems=(f"{file} is larger than {MAX_BYTES:,} bytes: not read",))
        with open(entry.path, "rb") as opened:  # noqa: PTH123  # a Path for each of ten thousand costs more
            content = opened.read(MAX_BYTES)
    except OSError as error:
        return CaseBinding(file=file, problems=(f"{file} cannot be read: {error.strerror}",))
    return binding_in(content, file, parser)


def binding_in(content: bytes, file: str, parser: etree.XMLParser | None = None) -> CaseBinding:
    """The ids in the content of the test case file that messages call `file`."""
    try:
        root: Any = etree.fromstring(content, parser or _parser())
    except etree.XMLSyntaxError as error:
        said = _PLACE.sub("", error.msg or "") or "it cannot be parsed"
        return CaseBinding(file=file, problems=(f"{file}:{error.lineno or 1}: not well-formed XML: {said}",))
    except (LookupError, ValueError) as error:  # an encoding that does not exist
        return CaseBinding(file=file, problems=(f"{file}:1: cannot be read: {error}",))
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        return CaseBinding(file=file, problems=(f"{file}:1: declares XML entities, which is refused",))
    ids: dict[int, None] = {}
    variables: dict[str, None] = {}
    problems = []
    first = 0
    for part, line in _parts(root):
        first = first or line
        if variable := _VARIABLE.fullmatch(part):
            variables[variable[1]] = None
        elif is_id(part):
            ids[int(part)] = None
        else:
            problems.append(f"{file}:{line}: {shown(part, 80)} is no id of a test case")
    return CaseBinding(tuple(ids), tuple(variables), file, first, tuple(problems))


def _parts(root: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401  # lxml's element
    """Each item of the lists of ids, trimmed, and its line."""
    for entity in root.iterfind("integratedEntity"):
        if entity.findtext("productName", "").strip() != _PRODUCT:
            continue
        for entry in entity.iterfind("properties/entry"):
            value = entry.find("value")
            if value is None or entry.findtext("key", "").strip() != _KEY:
                continue
            line: int = value.sourceline
            for item in "".join(value.itertext()).split(","):
                begins = len(item) - len(item.lstrip())
                if part := clean(item.strip()):
                    yield part, line + item.count("\n", 0, begins)
                line += item.count("\n")


def _parser() -> etree.XMLParser:
    """https://lxml.de/FAQ.html#is-lxml-vulnerable-to-xml-bombs"""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )
