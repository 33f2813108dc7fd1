"""Explanations as JSON: pieces of one document, so that a hundred thousand results need no memory. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ado_publisher.explaining.content import Asked, CaseExplanation, CaseTold, Explanation, Part, PointTold
from ado_publisher.explaining.mapping import Mapping, NotReached
from ado_publisher.text import clean

SCHEMA_VERSION = 1
_MOST_IDS = 100


def mapping_pieces(mapping: Mapping) -> Iterator[str]:
    """The mapping report, a result a line."""
    plans = [{"id": plan.id, "name": clean(plan.name)} for plan in mapping.plans]
    yield f'{{"schema_version": {SCHEMA_VERSION},\n"plans": {dumped(plans)},\n'
    yield f'"counts": {dumped(mapping.counts())},\n"results": ['
    yield from _listed(map(result_facts, mapping.explanations()))
    yield '],\n"points_not_reached": ['
    yield from _listed(map(_not_reached, mapping.not_reached()))
    explainer = mapping.explainer
    near = {"limit": explainer.searches, "left_out": explainer.left_out}
    configurations = [
        {
            "id": each.configuration.id,
            "name": clean(each.configuration.name),
            "points": each.points,
            "points_chosen": each.chosen,
            "points_reached": each.reached,
        }
        for each in mapping.configurations()
    ]
    yield f'],\n"configurations": {dumped(configurations)},\n"near_misses": {dumped(near)},\n'
    yield f'"unread": {dumped([clean(gap) for gap in mapping.plan.gaps])}}}\n'


def dumped(value: object, indent: int | None = None) -> str:
    """JSON in which no text can become a command of a CI host's log: `##` is broken by an escape."""
    return json.dumps(value, indent=indent).replace("##", "#\\u0023")


def result_facts(told: Explanation) -> dict[str, Any]:
    """One result: where it ended, every means that was asked, its test cases and their points."""
    match, wanted = told.match, told.wanted
    return {
        "name": clean(match.result.name),
        "class_name": clean(match.result.class_name),
        "file": clean(match.result.file),
        "line": match.result.line,
        "status": match.status.value,
        "outcome": match.outcome.value,
        "rule": clean(match.rule),
        "reason": clean(match.reason),
        "problems": [clean(problem) for problem in match.problems],
        "means": [_asked(each) for each in told.asked],
        "configuration": wanted
        and {
            "name": clean(wanted.name),
            "said_by": clean(wanted.said_by),
            "conflict": clean(wanted.conflict),
        },
        "configuration_notes": [clean(note) for note in told.configuration_notes],
        "cases": [_case(case) for case in told.cases[:_MOST_IDS]],
        "suggestion": clean(told.suggestion),
    }


def case_facts(told: CaseExplanation) -> dict[str, Any]:
    """One test case: its points and the results that name it."""
    return {
        "test_case_id": told.id,
        "title": clean(told.title),
        "automated_test_name": clean(told.automated_test_name),
        "points": [_point(each) for each in told.points],
        "named_by": told.named,
        "results": [
            {
                "name": clean(each.match.result.name),
                "class_name": clean(each.match.result.class_name),
                "file": clean(each.match.result.file),
                "status": each.match.status.value,
                "rule": clean(each.rule),
                "points_reached": list(each.reached),
                "why": clean(each.why),
            }
            for each in told.namings
        ],
        "notes": [clean(note) for note in told.notes],
        "suggestion": clean(told.suggestion),
    }


def _listed(items: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = "\n"
    for item in items:
        yield separator + dumped(item)
        separator = ",\n"


def _asked(asked: Asked) -> dict[str, Any]:
    if asked.part is Part.NOTHING and not asked.notes:
        return {"means": asked.means.value, "part": asked.part.value}
    return {
        "means": asked.means.value,
        "part": asked.part.value,
        "ids": list(asked.ids[:_MOST_IDS]),
        "said_by": clean(asked.said_by),
        "notes": [clean(note) for note in asked.notes],
    }


def _case(case: CaseTold) -> dict[str, Any]:
    return {
        "test_case_id": case.id,
        "title": clean(case.title),
        "points": [_point(each) for each in case.points],
        "more_points": case.more,
        "policy": case.policy,
        "reason": clean(case.reason),
    }


def _point(told: PointTold) -> dict[str, Any]:
    point = told.point
    return {
        "point_id": point.id,
        "suite": clean(point.suite_name),
        "configuration": clean(point.configuration.name),
        "tester": clean(point.tester or point.tester_name),
        "reached": told.reached,
        "why": clean(told.why),
    }


def _not_reached(each: NotReached) -> dict[str, Any]:
    point = each.point
    return {
        "point_id": point.id,
        "test_case_id": point.case_id,
        "title": clean(point.case_title),
        "suite": clean(point.suite_name),
        "configuration": clean(point.configuration.name),
        "tester": clean(point.tester or point.tester_name),
        "why": clean(each.why),
    }
