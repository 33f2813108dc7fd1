"""What the schema refuses, in plain words: one sentence for each keyword, with what was probably meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from ado_publisher.config.document import Path, dotted
from ado_publisher.values import nearest, none_of, shown

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_YES_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def told(error: ValidationError, schema: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every problem in one error of the validator, each with its place."""
    path: Path = tuple(error.absolute_path)
    rule: Any = error.schema
    limit: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(rule["properties"])
            for key in instance:
                if key not in known:
                    yield (*path, key), unknown_key(key, known, schema)
        case "required":
            missing = [key for key in limit if key not in instance]
            # The validator raises once for each missing key, and tells which only in its text.
            key = next((key for key in missing if error.message.startswith(repr(key))), missing[0])
            yield path, f"the key {key!r} is missing"
        case "pattern":
            # The value is not shown: what does not fit may be an address with a password in it.
            example = next(iter(rule.get("examples", ())), "")
            yield path, f"has another form than it must. {rule.get('description', '')} An example: {example}"
        case keyword:
            yield path, _sentence(str(keyword), limit, instance) or error.message


def unknown_key(key: str, known: list[str], schema: Mapping[str, Any]) -> str:
    """`unknown key 'pubish' - did you mean 'publish'?`, or where a key that exists elsewhere belongs."""
    hint = nearest(key, known)
    if not hint and (homes := [dotted((*home, key)) for home in _homes(key, schema)]):
        hint = f" - did you mean {' or '.join(homes)}?"
    if not hint:
        hint = f"; known here: {', '.join(known)}"
    return f"unknown key {shown(key)}{hint}"


def _homes(key: str, schema: Mapping[str, Any]) -> Iterator[Path]:
    for section, inner in schema["properties"].items():
        if key in inner.get("properties", {}):
            yield (section,)


def _sentence(keyword: str, limit: Any, instance: object) -> str:  # noqa: ANN401 - JSON
    value = shown(instance, 60)
    if keyword == "enum":
        words = [str(word) for word in limit]
        return f"{value} {none_of(str(instance), words)}"
    if keyword == "type":
        return _wrong_type(instance, [limit] if isinstance(limit, str) else list(limit), value)
    return _SENTENCES.get(keyword, "").format(value=value, limit=limit)


_SENTENCES = {
    "const": "{value} is not {limit}, the only one there is",
    "minLength": "is empty; give a value or leave the key out",
    "minItems": "is empty; give a value or leave the key out",
    "minProperties": "is empty; give a value or leave the key out",
    "maxLength": "is longer than {limit} characters",
    "minimum": "{value} is too small; the least is {limit}",
    "maximum": "{value} is too large; the most is {limit}",
    "uniqueItems": "names one of its entries twice: {value}",
}


def _wrong_type(instance: object, kinds: list[str], value: str) -> str:
    wanted = " or ".join(_KINDS[kind] for kind in kinds)
    if instance is None:
        return f"has no value; give {wanted} or leave the key out"
    if isinstance(instance, str) and kinds == ["boolean"] and (word := _YES_NO.get(instance.lower())):
        return f"{value} is a text in YAML; write {word}"
    if isinstance(instance, str) and instance.isdigit() and "integer" in kinds:
        return f"{value} is a text; write it without quotes"
    if kinds == ["array"]:
        return f"{value} is no list; write [{instance}]"
    return f"{value} is not {wanted}"
