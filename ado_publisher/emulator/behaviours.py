"""What nobody has observed on a live service, as named switches with enumerated values.

The first value is the default on the cloud; SERVER_DEFAULTS holds where an on-premises server differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SERVERS = ("cloud", "server2022", "server2020")


@dataclass(frozen=True, slots=True)
class Switch:
    """One unverified fact: its possible values (the first is the default) and what they decide."""

    values: tuple[str, ...]
    about: str


SWITCHES: dict[str, Switch] = {
    "automated_run_with_manual_cases": Switch(
        ("accepted", "refused"),
        "POST of an automated planned run whose points include cases that are not automated. "
        "refused = 400 'Mismatch in automation status of test case and test run'.",
    ),
    "not_executed_on_point": Switch(
        ("shown", "ignored"),
        "Whether a completed result with outcome NotExecuted becomes the outcome of its point.",
    ),
    "point_while_in_progress": Switch(
        ("in_progress", "unchanged"),
        "What a point shows while a run holds an unfinished result for it.",
    ),
    "point_outcome_when": Switch(
        ("result_completed", "run_completed"),
        "When a completed result reaches its point: at once, or when its run is completed.",
    ),
    "point_after_abort": Switch(
        ("unchanged", "aborted"),
        "What a point shows when its run is aborted while its result is unfinished.",
    ),
    "post_on_pointids_run": Switch(
        ("duplicate", "refused"),
        "POST of results onto a run made with pointIds: a second row for the point, or 400.",
    ),
    "post_on_planned_run": Switch(
        ("accepted", "refused"),
        "POST of results that name their point onto a planned run made without pointIds. "
        "refused = 400 'TestPointId, testCaseId must be specified for planned test results'.",
    ),
    "test_point_in_rows": Switch(
        ("always", "point_details"),
        "Whether listed results name their testPoint and testPlan always, or only with "
        "detailsToInclude=point.",
    ),
    "pre_made_outcome": Switch(
        ("unspecified", "not_executed"),
        "Outcome of the pending results that a run made with pointIds holds.",
    ),
    "sub_results_in_answer": Switch(
        ("present", "absent"),
        "Whether the answer to a write of results repeats their sub-results with their ids.",
    ),
    "error_message_limit": Switch(
        ("32000", "4000"), "Characters of errorMessage that the service keeps; the rest is cut."
    ),
    "stack_trace_limit": Switch(("none", "1000"), "Characters of stackTrace that the service keeps."),
    "long_comment": Switch(
        ("cut", "refused"), "A result comment of more than 1,000 characters is cut or refused."
    ),
    "long_run_name": Switch(("cut", "refused"), "A run name of more than 256 characters is cut or refused."),
    "long_test_name": Switch(
        ("kept", "refused"),
        "An automatedTestName of more than 256 characters is kept, or the whole batch is refused.",
    ),
    "build_number_case": Switch(
        ("insensitive", "sensitive"), "Whether builds?buildNumber= minds upper and lower case."
    ),
    "unknown_build_status": Switch(
        ("400", "404"), "Status of the answer to a run that names a build its project does not have."
    ),
    "release_without_stage": Switch(
        ("accepted", "refused"),
        "A run that names a known release without a stage: linked to the release alone, or 400 "
        "'Release environment ... cannot be found.'.",
    ),
    "write_to_completed_run": Switch(
        ("refused", "empty"),
        "Results written to a completed run: 400, or 200 with an empty list and nothing stored.",
    ),
    "wrong_patch_content_type": Switch(
        ("415", "400"),
        "Status of the answer to a work item's change that is not sent as application/json-patch+json.",
    ),
    "automated_without_test_name": Switch(
        ("refused", "accepted"),
        "AutomationStatus set to Automated on a test case without AutomatedTestName. refused = 400 'The "
        "field 'Automation status' contains the value 'Automated' that is not in the list of supported "
        "values'.",
    ),
    "tags_contain": Switch(
        ("whole_tag", "part"),
        "Whether CONTAINS of a query over System.Tags finds a whole tag, or a part of the text of all tags.",
    ),
    "wiql_row_limit": Switch(
        ("20000", "100000"),
        "Rows a query may find without $top; more are 400 VS402337. 100,000 was seen on an older server.",
    ),
    "points_of_removed_case": Switch(
        ("deleted", "inactive"),
        "Points of a test case that is taken out of a suite: gone, or listed with isActive false.",
    ),
    "iteration_details_on_automated_run": Switch(
        ("kept", "ignored", "refused"),
        "Iteration details on a result of an automated run, which the contract means for manual ones: kept, "
        "left out, or the whole batch is 400.",
    ),
    "unknown_failure_type": Switch(
        ("kept", "refused"),
        "A result with a failure type that the project does not have: kept as it is, or the batch is 400.",
    ),
    "unknown_associated_bug": Switch(
        ("kept", "refused"),
        "A result that names a bug which does not exist: kept with its id alone, or the batch is 404.",
    ),
    "sync_of_past_outcomes": Switch(
        ("no", "yes"),
        "Whether switching on a plan's syncOutcomeAcrossSuites also shows past outcomes on the points of the "
        "same case and configuration in other suites, or only those that come later.",
    ),
    "case_already_in_suite": Switch(
        ("ignored", "refused"),
        "A test case that is put into a suite a second time: nothing happens, or the whole call is 400.",
    ),
    "duplicate_suite_name": Switch(
        ("400", "409"), "Status of the answer to a second suite of the same name below one parent."
    ),
    "suite_default_configurations": Switch(
        ("kept", "dropped"),
        "Whether suites of the testplan area keep the defaultConfigurations they are made or changed with. "
        "dropped = answered as if all were well, and only the older call of the test area keeps them.",
    ),
}

SERVER_DEFAULTS: dict[str, dict[str, str]] = {
    "cloud": {},
    "server2022": {"error_message_limit": "4000"},
    "server2020": {"error_message_limit": "4000", "automated_run_with_manual_cases": "refused"},
}

BEHAVIOURS: dict[str, tuple[str, ...]] = {name: switch.values for name, switch in SWITCHES.items()}
"""Every switch with its values, so that a test can loop over all of them."""


def effective(server: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the value of every switch for a server flavour, after the seed's own choices."""
    values = {name: switch.values[0] for name, switch in SWITCHES.items()}
    values.update(SERVER_DEFAULTS[server])
    values.update(chosen)
    return values
