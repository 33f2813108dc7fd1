"""Katalon projects, built for one test: a settings file and test cases as Katalon writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ado_publisher.katalon.settings import FILE


def java(value: str) -> str:
    """A value as java.util.Properties.store escapes it."""
    for sign in "\\:=#!":
        value = value.replace(sign, f"\\{sign}")
    return "".join(sign if sign.isascii() else f"\\u{ord(sign):04X}" for sign in value)


def settings(folder: Path, /, **values: Any) -> Path:
    """The settings file with these values as JSON; `a__b` is the key a.b. The first line is a date."""
    lines = ["#Mon Jan 09 15:26:06 KST 2023"]
    for key, value in values.items():
        compact = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        lines.append(f"{key.replace('__', '.')}={java(compact)}")
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


def case_text(ids: str | None, product: str = "Azure") -> str:
    """A `.tc` file; `ids` stand on its line 11, None leaves the integration out."""
    bound = f"""
   <integratedEntity>
      <productName>{product}</productName>
      <properties>
         <entry>
            <key>azure.testcase.ids</key>
            <value>{escape(ids or "")}</value>
         </entry>
      </properties>
      <type>TESTCASE</type>
   </integratedEntity>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<TestCaseEntity>
   <description></description>
   <name>x</name>
   <tag></tag>{bound if ids is not None else ""}
   <comment></comment>
   <testCaseGuid>54e4affa-6b95-49e0-aff7-41acfee31a14</testCaseGuid>
</TestCaseEntity>
"""


def case(folder: Path, name: str, content: str | bytes) -> Path:
    """The file `Test Cases/NAME.tc` with that content."""
    path = folder / "Test Cases" / f"{name}.tc"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cases(folder: Path, **ids: str | None) -> None:
    """Test cases by name, each with its ids."""
    (folder / "Test Cases").mkdir(exist_ok=True)
    for name, listed in ids.items():
        case(folder, name, case_text(listed))
