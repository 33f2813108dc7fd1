"""Reports as Katalon writes them, built for one test: a suite, a collection, the files beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

SESSION = "20260403_101500"
PROJECT = "C:\\\\Users\\\\a b\\\\My, Project\\\\Reports"


def case(
    name: str, status: str = "PASSED", *, inside: str = "", time: str = "1.5", classname: str = ""
) -> str:
    """One testcase; FAILED and ERROR get the child that Katalon gives them."""
    child = {"FAILED": '<failure type="FAILED" message="no"/>', "ERROR": '<error type="ERROR" message="no"/>'}
    named = f"Test Cases/{name}"
    stated = {"name": named, "classname": classname or named, "time": time, "status": status}
    told = " ".join(f"{key}={quoteattr(value)}" for key, value in stated.items() if value)
    return f"<testcase {told}>{child.get(status, '')}{inside}</testcase>"


def suite(
    name: str,
    *cases: str,
    stamp: str = SESSION,
    at: str = "2026-04-03 10:15:05",
    session: str = SESSION,
    **more: str,
) -> str:
    """One testsuite of the session; `at=""` leaves the time out, a property that is "" too."""
    folder = "\\\\".join([PROJECT, session, *name.split("/"), stamp])
    stated = {
        "logFolder": folder,
        "katalonVersion": "8.6.0",
        "os": "Windows 11 64bit",
        "browser": "Chrome 101.0",
        "hostName": "PC",
        **more,
    }
    properties = "".join(
        f"<property name={quoteattr(key)} value={quoteattr(value)}/>"
        for key, value in stated.items()
        if value
    )
    when = f" timestamp={quoteattr(at)}" if at else ""
    return (
        f"<testsuite name={quoteattr(name.rpartition('/')[2])} id={quoteattr('Test Suites/' + name)}{when}>"
        f"<properties>{properties}</properties>{''.join(cases)}</testsuite>"
    )


def write(folder: Path, *suites: str, name: str = "JUnit_Report.xml") -> Path:
    """A report of these suites."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"<testsuites name='x'>{''.join(suites)}</testsuites>", encoding="utf-8")
    return path


def place(root: Path, name: str, stamp: str = SESSION, session: str = SESSION) -> Path:
    """The folder that Katalon gives a suite."""
    return root / "Reports" / session / name / stamp


def log(tests: Sequence[tuple[str, int | None]], *, allowed: int | None = None, end: str = "</log>") -> str:
    """An execution0.log that tells of these executions."""

    def record(method: str, **properties: object) -> str:
        stated = "".join(f'<property name="{key}">{value}</property>' for key, value in properties.items())
        return f"<record><level>X</level><method>{method}</method><message>m</message>{stated}</record>"

    suite_ = {} if allowed is None else {"retryCount": allowed}
    records = [record("startSuite", **suite_)]
    for test, retry in tests:
        counted = {} if retry is None else {"currentRetryCount": retry}
        records += [record("startTest", name=f"Test Cases/{test}"), record("endTest", **counted)]
    return '<?xml version="1.0"?>\n<!DOCTYPE log SYSTEM "logger.dtd">\n<log>' + "".join(records) + end


def binding(*pairs: tuple[str, str]) -> str:
    """A testCaseBinding of (id, name) pairs."""
    return "".join(
        json.dumps({"testCaseName": f"Test Cases/{name}", "testCaseId": f"Test Cases/{case_}"}) + "\n"
        for case_, name in pairs
    )
