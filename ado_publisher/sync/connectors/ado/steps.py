"""The steps of a test case: `Microsoft.VSTS.TCM.Steps` to and from the form in which sides compare them.

That form is JSON: a list of [action, expected result], both canonical rich text. A reference to shared steps
is {"shared": ID}; no other system has them. Steps that cannot be read are {"unreadable": true}. Pure.
"""

from __future__ import annotations

import json

from lxml import etree

from ado_publisher.richtext import from_html, to_html

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def read_steps(field: str) -> str | None:
    """The steps that the field holds; None for none."""
    if not field.strip():
        return None
    try:
        root = etree.fromstring(field.encode("utf-8", "replace"), _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return json.dumps([{"unreadable": True}])
    found: list[object] = []
    for element in root.iter("step", "compref"):
        if element.tag == "compref":
            found.append({"shared": element.get("ref", "")})
            continue
        texts = [from_html(each.text or "") for each in element.iter("parameterizedString")]
        found.append([*texts, "", ""][:2])
    return json.dumps(found, ensure_ascii=False) if found else None


def write_steps(steps: str | None) -> str:
    """The field's XML for those steps."""
    wanted = json.loads(steps) if steps else []
    root = etree.Element("steps", id="0", last=str(len(wanted) + 1))
    for number, (action, expected) in enumerate(wanted, start=2):
        kind = "ValidateStep" if expected else "ActionStep"
        step = etree.SubElement(root, "step", id=str(number), type=kind)
        for each in (action, expected):
            etree.SubElement(step, "parameterizedString", isformatted="true").text = to_html(each)
        etree.SubElement(step, "description")
    return etree.tostring(root, encoding="unicode")
