"""The files that Katalon writes beside a report: execution.properties, testCaseBinding, tsc_id.txt.

They add to what the report says and never stop its reading: a bad one is a warning. Only regular files
inside the report's folder are read, and only so much of them. Facts: katalon.md section 3.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ado_publisher.model import Properties
from ado_publisher.reports._katalon_text import SUITES, Layout, label_of, layout_of, unescaped

Warn = Callable[[str], None]

_MOST_BYTES = 16 * 1024**2
_ID_BYTES = 4096
_MOST_VALUES = 100
_NUMBER = re.compile(r"\s*\d{1,10}\s*", re.ASCII)
VARIABLE = "variable."
"""What stands before the name of a variable in the name of the property that holds its value."""
_DRIVERS = {
    "CHROME_DRIVER": "Chrome",
    "HEADLESS_DRIVER": "Chrome",
    "FIREFOX_DRIVER": "Firefox",
    "FIREFOX_HEADLESS_DRIVER": "Firefox",
    "EDGE_DRIVER": "Edge",
    "EDGE_CHROMIUM_DRIVER": "Edge Chromium",
    "IE_DRIVER": "Internet Explorer",
    "SAFARI_DRIVER": "Safari",
}
_PLATFORMS = {"ANDROID_DRIVER": "Android", "IOS_DRIVER": "iOS"}


@dataclass(frozen=True, slots=True)
class Binding:
    """One execution of a test case, as testCaseBinding lists them in order.

    `values` are properties, `variable.NAME`, of what its data row bound (from 11.0 on). Only numbers are
    kept, which may name a test case: anything else may be a password that somebody types.
    """

    case: str
    name: str
    variable: str = ""
    values: Properties = ()

    @property
    def iteration(self) -> str:
        """What tells this execution from others of the same case; empty when it is the only one."""
        return label_of(self.name, self.case) or (self.name if self.name != self.case else "")


def home_of(report: str, log_folder: str) -> Path:
    """The folder of a suite's own files: the report's, or for a suite of a collection the suite's."""
    own = Path(report).parent
    named = layout_of(unescaped(log_folder))
    if named is None or _ends_as(own.absolute(), named):
        return own
    for session in own.absolute().parents:
        if session.name == named.session:
            folder = session.joinpath(*named.suite.split("/"), named.stamp)
            if folder.is_dir() and folder.resolve().is_relative_to(session.resolve()):
                return folder
    return own


def _ends_as(folder: Path, named: Layout) -> bool:
    tail = (*named.suite.split("/")[-1:], named.stamp)
    return folder.parts[-2:] == tail


def read_beside(folder: Path, name: str, most: int, warn: Warn) -> bytes | None:
    """A file of the folder; None when it is missing, or with a warning when it cannot be taken."""
    place = folder / name
    try:
        if not place.is_file():
            return None
        if not place.resolve().is_relative_to(folder.resolve()):
            warn(f"{place} is a link out of its folder: not read")
            return None
        if place.stat().st_size > most:
            warn(f"{place} is larger than {most:,} bytes: not read")
            return None
        return place.read_bytes()
    except OSError as error:
        warn(f"{place} cannot be read: {error.strerror}")
        return None


def collection_of(folder: Path, warn: Warn) -> str:
    """The id of the test suite collection that started the suite; empty when none did."""
    content = read_beside(folder, "tsc_id.txt", _ID_BYTES, warn)
    said = (content or b"").decode("utf-8-sig", "replace").strip()
    if said and not (said.startswith(SUITES) and said.isprintable()):
        warn(f"{folder / 'tsc_id.txt'} holds no id of a test suite collection ({SUITES}…): not used")
        return ""
    return said


def bindings(folder: Path, warn: Warn) -> tuple[Binding, ...]:
    """Every execution that testCaseBinding lists; none when one of its lines cannot be read."""
    content = read_beside(folder, "testCaseBinding", _MOST_BYTES, warn)
    if content is None:
        return ()
    found = []
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get("testCaseId"), str):
            warn(f"{folder / 'testCaseBinding'}:{number} is no test case binding: iterations are not named")
            return ()
        case = entry["testCaseId"]
        found.append(
            Binding(
                case,
                _text(entry, "testCaseName") or case,
                _text(entry, "iterationVariableName"),
                tuple(_numbers(_inside(entry, "bindedValues"))),
            )
        )
    return tuple(found)


def _numbers(bound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in list(bound.items())[:_MOST_VALUES]:
        if not isinstance(value, (str, int, float)):
            continue
        told = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
        if _NUMBER.fullmatch(told):
            yield VARIABLE + name, told.strip()


def environment(folder: Path, suite: str, warn: Warn) -> Properties:
    """What execution.properties says of where the suite ran: os, browser, device, host, profile.

    The file is JSON in spite of its name. A file of another suite is not used.
    """
    content = read_beside(folder, "execution.properties", _MOST_BYTES, warn)
    if content is None:
        return ()
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        warn(f"{folder / 'execution.properties'} is not the JSON object that Katalon writes: not used")
        return ()
    if suite.startswith(SUITES) and _text(said, "id").startswith(SUITES) and _text(said, "id") != suite:
        warn(f"{folder / 'execution.properties'} belongs to another test suite: not used")
        return ()
    return tuple((name, value) for name, value in _environment(said) if value)


def _environment(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    host = _inside(said, "host")
    yield "os", _text(host, "os")
    yield "hostName", _text(host, "hostName")
    drivers = _inside(said, "execution", "drivers", "system")
    web, mobile = _inside(drivers, "WebUI"), _inside(drivers, "Mobile")
    if web:
        yield "browser", _DRIVERS.get(_text(web, "browserType"), "") or _text(said, "Name")
    for name in ("deviceName", "deviceId", "deviceOS", "deviceOSVersion", "deviceModel"):
        yield name, _text(mobile, name)
    driver = _text(mobile, "devicePlatform")
    yield "devicePlatform", _text(mobile, "deviceOS") or _PLATFORMS.get(driver, driver)
    yield "profile", _text(_inside(said, "execution", "general"), "executionProfile")
    yield "katalonVersion", _text(said, "katalon.versionNumber")


def _inside(said: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = said.get(name)
        if not isinstance(inner, dict):
            return {}
        said = inner
    return said


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""
