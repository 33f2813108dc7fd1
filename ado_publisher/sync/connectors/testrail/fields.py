"""The custom fields of TestRail's cases by our names, and the values that new cases have beside."""

from __future__ import annotations

from collections.abc import Mapping

from ado_publisher.sync.connectors.testrail.http import ApiRefused, Json, TestRailHttp


class TestRailFields:
    """`labels` are labels or system names of the fields for markers; `constants` names or ids of a priority,
    a type and a template.
    """

    __test__ = False

    def __init__(
        self,
        http: TestRailHttp,
        project: int,
        labels: Mapping[str, str],
        constants: Mapping[str, str | int] | None = None,
    ) -> None:
        self.http = http
        self.project = project
        self.labels = dict(labels)
        self._constants = dict(constants or {})
        self._columns: dict[str, str] = {}
        self._ids: Json | None = None

    def columns(self, *, anew: bool = False) -> dict[str, str]:
        """The system names of the custom fields that are there, by our names."""
        if len(self._columns) < len(self.labels) or anew:
            for row in self.http.pages("get_case_fields", "case_fields"):
                for name, label in self.labels.items():
                    if label in (row.get("label"), row.get("system_name")) and self.is_ours(row):
                        self._columns[name] = str(row.get("system_name"))
        return self._columns

    def is_ours(self, field: Json) -> bool:
        """The field is one of this project."""
        configs = field.get("configs")
        contexts = [
            each["context"]
            for each in (configs if isinstance(configs, list) else ())
            if isinstance(each, dict) and isinstance(each.get("context"), dict)
        ]
        return any(
            each.get("is_global") or self.project in (each.get("project_ids") or ()) for each in contexts
        )

    def constant_ids(self) -> Json:
        """What a new case has beside, by the ids of this TestRail. Raises ApiRefused."""
        if self._ids is None:
            found: Json = {}
            for name, value in self._constants.items():
                column, choices = self._choices(name)
                if str(value).casefold() not in choices:
                    raise ApiRefused(f"there is no {name} '{value}'; known are {', '.join(choices)}", 400)
                found[column] = choices[str(value).casefold()]
            self._ids = found
        return self._ids

    def _choices(self, name: str) -> tuple[str, dict[str, int]]:
        """The column of a constant, and its values' ids by id and name."""
        column, call, arguments = {
            "priority": ("priority_id", "get_priorities", ()),
            "type": ("type_id", "get_case_types", ()),
            "template": ("template_id", "get_templates", (self.project,)),
        }[name]
        found: dict[str, int] = {}
        for row in self.http.pages(call, name, *arguments):
            found |= {str(row["id"]): row["id"], str(row.get("name")).casefold(): row["id"]}
        return column, found
