"""What the table of options says on each surface; ADO_PUBLISHER_REWRITE=1 writes it there."""

from __future__ import annotations

import json
import re
from typing import Any

from ado_publisher.ci import output_names
from ado_publisher.options import OPTIONS, Kind, Option

README_MARKERS = ("<!-- options -->", "<!-- /options -->")

# No surface passes a default on: it would arrive as a variable and outrank the config file.
# The help names it instead.


def action_inputs() -> str:
    """The `inputs:` block of action.yml."""
    rows = ["inputs:"]
    for option in OPTIONS:
        rows += [
            f"  {option.name}:",
            f"    description: {json.dumps(help_with_type(option))}",
            "    required: false",
        ]
    return "\n".join(rows) + "\n"


# What the task's handler itself needs; the publisher does not know them.
HANDLER_INPUTS: list[dict[str, Any]] = [
    {
        "name": "serviceConnection",
        "label": "Service connection",
        "type": "connectedService:externaltfs",
        "required": False,
        "groupName": "target",
        "helpMarkDown": "Organization and token of an Azure Repos/Team Foundation Server connection, "
        "to publish to another organization. Without it the pipeline's own, with System.AccessToken.",
    },
    {
        "name": "image",
        "label": "Image",
        "type": "string",
        "required": False,
        "groupName": "container",
        "helpMarkDown": "The publisher's container image, where your agents can pull it or have it. "
        "Default: ado-publisher with this task's version as its tag.",
    },
]


def task_inputs() -> list[dict[str, Any]]:
    """The `inputs` of task.json."""
    return [_task_input(option) for option in OPTIONS] + HANDLER_INPUTS


def _task_input(option: Option) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": option.azure_input,
        "label": option.name.replace("-", " ").capitalize(),
        # filePath would be filled with the sources folder when it is left empty.
        "type": "multiLine" if option.multiple and not option.commas else "string",
        "required": False,
        "groupName": option.group,
        "helpMarkDown": help_with_type(option),
    }
    if words := option.choices or (("true", "false") if option.kind is Kind.FLAG else ()):
        # No `boolean`: an unticked box sends false, which would outrank the config file.
        found |= {"type": "pickList", "options": {word: word for word in words}}
        found["properties"] = {"EditableOptions": "True"}
    return found


def schema_property(option: Option) -> dict[str, Any]:
    """The option in the config's JSON Schema."""
    found: dict[str, Any] = {
        "title": option.name.replace("-", " ").capitalize(),
        "description": option.summary,
    }
    found |= _schema_type(option)
    if option.default is not None:
        found["default"] = option.default
    return found


def _schema_type(option: Option) -> dict[str, Any]:
    text = {"type": ["string", "integer"], "minLength": 1}
    if option.whole_lines:
        return {"type": ["string", "integer", "array"], "minLength": 1, "minItems": 1, "items": text}
    if option.commas:
        items = {"type": ["string", "number"], "minLength": 1}
        return {"type": ["string", "number", "array"], "minLength": 1, "minItems": 1, "items": items}
    if option.multiple:
        return {"type": "array", "minItems": 1, "items": text}
    match option.kind:
        case Kind.FLAG:
            return {"type": "boolean"}
        case Kind.CHOICE:
            return {"enum": list(option.choices)}
        case Kind.INT | Kind.THRESHOLD:
            return {"type": ["integer", "string"], "minLength": 1}
        case Kind.PATH | Kind.URL:
            return {"type": "string", "minLength": 1}
        case _:
            return text


# Keys of a section that are no options: the schema itself says what they are.
OWN_KEYS: dict[str, tuple[str, ...]] = {
    "bugs": ("type", "area", "iteration", "tags", "assigned_to", "fields"),
    "redaction": ("patterns",),
}


def schema_with_options(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every option's property as the table has it, none missing and none left over."""
    for section in sorted({option.config.split(".")[0] for option in OPTIONS if option.config}):
        known = schema["properties"][section]["properties"]
        own = OWN_KEYS.get(section, ())
        schema["properties"][section]["properties"] = {key: known[key] for key in own}
    for option in OPTIONS:
        if option.config:
            section, key = option.config.split(".")
            examples = EXAMPLES.get(option.name)
            extra = {"examples": examples} if examples else {}
            schema["properties"][section]["properties"][key] = schema_property(option) | extra
    return schema


EXAMPLES: dict[str, list[Any]] = {
    "organization-url": ["https://dev.azure.com/acme", "https://tfs.example.com/tfs/DefaultCollection"],
    "project": ["Shop"],
    "plan": ["Release 1", 10, "@latest", ["Release 1", "Release 2"]],
    "tester": [["ann@example.com"]],
    "redact": [["host", "user", "address"]],
    "suite": [["Login/**"], [12]],
    "configuration": [["Windows 11 + Chrome"]],
    "format": ["junit", "katalon"],
    "run-name": ["{build_number} {suite} {branch}"],
    "build-number": ["20261122.1"],
    "max-failed": [3, "5%"],
    "attach-types": [["png", "log", "html", "pdf", "csv", "txt"]],
    "attach-roots": [[".", "../screenshots"]],
    "run-files": [["logs/**/*.log"]],
    "path-map": [["/home/runner/work/shop/shop=/github/workspace"]],
}


def help_with_type(option: Option) -> str:
    """The summary, and how several values or the choices are written."""
    told = option.summary
    if option.choices:
        told += f" One of {', '.join(option.choices)}."
    if option.kind is Kind.FLAG:
        told += " true or false."
    if option.multiple:
        told += " Several are separated by commas." if option.commas else " One a line."
    return told


def readme_table() -> str:
    """The README's Markdown table of options."""
    rows = ["| option | variable | config key | default | what it does |", "|---|---|---|---|---|"]
    for option in OPTIONS:
        flag = f"`{option.flag}`" if option.flag else "never a flag"
        if option.negatable:
            flag += f", `--no-{option.name}`"
        default = f"`{str(option.default).lower()}`" if option.default is not None else ""
        variables = ", ".join(f"`{name}`" for name in _variables(option))
        key = f"`{option.config}`" if option.config else ""
        text = option.help + (
            f" One of {', '.join(f'`{word}`' for word in option.choices)}." if option.choices else ""
        )
        rows.append(f"| {_cell(flag)} | {variables} | {key} | {_cell(default)} | {_cell(text)} |")
    return "\n".join(rows)


def _variables(option: Option) -> list[str]:
    return [option.variable, *([f"{option.variable}_FILE"] if option.secret else []), *option.fallbacks]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def action_outputs() -> str:
    """The `outputs:` block of action.yml."""
    rows = ["outputs:"]
    for name, text in output_names():
        rows += [f"  {name}:", f"    description: {json.dumps(text)}"]
    return "\n".join(rows) + "\n"


def task_outputs() -> list[dict[str, str]]:
    """The `outputVariables` of task.json."""
    return [{"name": camel(name), "description": text} for name, text in output_names()]


def camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


def action_as_rendered(text: str) -> str:
    """action.yml with its inputs and outputs as the tables have them."""
    blocks = action_inputs() + action_outputs()
    return re.sub(r"^inputs:\n.*?(?=^runs:)", lambda _: blocks, text, count=1, flags=re.DOTALL | re.MULTILINE)


def task_as_rendered(text: str) -> str:
    """task.json with its inputs and output variables as the tables have them."""
    task = json.loads(text)
    return dumped(task | {"inputs": task_inputs(), "outputVariables": task_outputs()})


def schema_as_rendered(text: str) -> str:
    """The config's schema with its options as the table has them."""
    return dumped(schema_with_options(json.loads(text)))


def readme_as_rendered(text: str) -> str:
    """README.md with the table of options between its markers."""
    start, end = README_MARKERS
    table = f"{start}\n{readme_table()}\n{end}"
    return re.sub(
        re.escape(start) + r"\n.*?" + re.escape(end), lambda _: table, text, count=1, flags=re.DOTALL
    )


def dumped(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
