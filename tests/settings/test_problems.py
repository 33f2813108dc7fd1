"""What is wrong is told at once, with option, source and value, and never with a credential."""

from __future__ import annotations

import pytest

from ado_publisher.errors import SettingsError
from ado_publisher.inputs import any_input, secrets
from ado_publisher.options import OPTIONS
from ado_publisher.settings import resolve
from ado_publisher.values import Given, Threshold, organization_url, same_organization

REQUIRED = ("files", "organization-url", "project", "plan", "token")
SECRET = "pat-1234567890abcdef"


def problem(flags=None, environ=None, config=None, ci=None, **options) -> str:
    with pytest.raises(SettingsError) as caught:
        resolve(flags or {}, environ or {}, config, ci, **options)
    return str(caught.value)


def test_all_problems_of_all_sources_are_told_at_once():
    told = problem(
        {"points": "al", "build_id": "0"},
        {"INPUT_MAX-FAILED": "many"},
        {"several": Given("wurst", "ado-publisher.yml:12")},
        {"organization-url": Given("nowhere", "SYSTEM_COLLECTIONURI")},
    )
    assert told.startswith("5 settings are wrong:")
    assert "points: 'al' from --points is none of auto, first, all, error - did you mean 'all'?" in told
    assert "build-id: '0' from --build-id is not a whole number above 0" in told
    assert "max-failed: 'many' from INPUT_MAX-FAILED is neither" in told
    assert "several: 'wurst' from ado-publisher.yml:12 is none of" in told
    assert "did you mean 'worst'?" in told
    assert "organization-url: 'nowhere' from SYSTEM_COLLECTIONURI is not a web address" in told


def test_what_is_missing_is_told_with_every_way_to_give_it():
    told = problem(required=REQUIRED)
    assert told.startswith("5 settings are wrong:")
    assert "plan: is missing; give --plan, ADO_PUBLISHER_PLAN or publish.plan in the config" in told
    assert "token: is missing; give ADO_PUBLISHER_TOKEN, ADO_PUBLISHER_TOKEN_FILE" in told
    assert "SYSTEM_ACCESSTOKEN" in told


def test_what_is_wrong_is_not_missing_as_well():
    assert problem({"organization_url": "x"}, required=["organization-url"]).startswith("1 setting is wrong:")


def test_an_empty_flag_is_refused_rather_than_skipped():
    assert "project: '' from --project is empty" in problem({"project": ""}, {"INPUT_PROJECT": "7"})


@pytest.mark.parametrize("name", [option.variable for option in OPTIONS])
def test_an_undefined_pipeline_variable_is_told(name):
    assert f"from {name} is a pipeline variable that is not defined" in problem({}, {name: "$(my.variable)"})


def test_a_misspelled_input_is_a_warning_that_names_the_right_one():
    found = resolve({}, {"INPUT_POINT": "all", "ADO_PUBLISHER_SUITES": "x", "ADO_PUBLISHER_QQQ": "1"})
    assert found.warnings == (
        "ADO_PUBLISHER_QQQ is no option",
        "ADO_PUBLISHER_SUITES is no option - did you mean ADO_PUBLISHER_SUITE?",
        "INPUT_POINT is no input - did you mean points?",
    )


def test_other_programs_inputs_are_not_ours_to_judge():
    assert resolve({}, {"INPUT_WHO-TO-GREET": "world", "INPUT_X": "1"}).warnings == ()


def test_a_misspelled_variable_is_noted_where_an_option_is_missing():
    assert "note: ADO_PUBLISHER_PLANN is no option - did you mean ADO_PUBLISHER_PLAN?" in problem(
        {}, {"ADO_PUBLISHER_PLANN": "7"}, required=["plan"]
    )


def test_the_token_is_in_no_repr_and_no_message():
    environ = {"ADO_PUBLISHER_TOKEN": SECRET}
    assert SECRET not in repr(resolve({}, environ))
    assert SECRET not in str(resolve({}, environ))
    # pasted into the wrong place
    assert SECRET not in problem({"points": SECRET}, environ)
    assert SECRET not in problem({}, environ | {"INPUT_TOKEN": SECRET + "x"})
    assert SECRET not in problem({}, {"ADO_PUBLISHER_TOKEN": f"{SECRET} {SECRET}"})
    assert SECRET not in problem({"organization_url": f"https://me:{SECRET}@dev.azure.com/acme"})


def test_the_token_has_no_flag_and_no_config_key():
    with pytest.raises(KeyError):
        resolve({"--token": SECRET}, {})


@pytest.mark.parametrize(
    "names",
    [
        ["ADO_PUBLISHER_TOKEN", "SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"],
        ["SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"],
        ["AZURE_DEVOPS_EXT_PAT"],
        ["INPUT_TOKEN", "SYSTEM_ACCESSTOKEN"],
    ],
)
def test_our_own_variable_beats_those_of_other_tools(names):
    found = resolve({}, {name: f"from-{name}" for name in names})
    assert found.token == f"from-{names[0]}"
    assert found.source("token") == names[0]


def test_every_credential_of_the_environment_is_known_for_masking():
    environ = {"ADO_PUBLISHER_TOKEN": "a", "SYSTEM_ACCESSTOKEN": "b", "INPUT_TOKEN": "c", "INPUT_PLAN": "7"}
    assert set(secrets(environ)) == {"a", "b", "c"}


def test_a_token_file_is_read_without_its_newline(tmp_path):
    file = tmp_path / "token"
    file.write_bytes(f"{SECRET}\r\n".encode())
    found = resolve({}, {"ADO_PUBLISHER_TOKEN_FILE": str(file), "SYSTEM_ACCESSTOKEN": "other"})
    assert (found.token, found.source("token")) == (SECRET, "ADO_PUBLISHER_TOKEN_FILE")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is an empty file"),
        (b" \n", "is an empty file"),
        (f"{SECRET}\n{SECRET}\n".encode(), "holds more than one line"),
        (b"\xff\xfe" + SECRET.encode(), "holds more than one line"),
        (SECRET.encode() * 10_000, "holds more than one line"),
        (f"{SECRET} x".encode(), "holds a blank"),
    ],
)
def test_a_token_file_that_holds_none_is_told_without_its_content(content, told, tmp_path):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    message = problem({}, {"ADO_PUBLISHER_TOKEN_FILE": str(file)}, required=["token"])
    assert told in message
    assert "ADO_PUBLISHER_TOKEN_FILE" in message
    assert SECRET not in message
    assert "missing" not in message


def test_a_token_and_a_file_with_another_are_refused(tmp_path):
    file = tmp_path / "token"
    file.write_text("one")
    message = problem({}, {"ADO_PUBLISHER_TOKEN_FILE": str(file), "ADO_PUBLISHER_TOKEN": "two"})
    assert "ADO_PUBLISHER_TOKEN and ADO_PUBLISHER_TOKEN_FILE hold different credentials" in message


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("acme", "is not a web address"),
        ("ftp://dev.azure.com/acme", "is not a web address"),
        ("https://dev.azure.com", "names no organization"),
        ("https://dev.azure.com/acme/Shop", "write https://dev.azure.com/acme and name the project apart"),
        ("https://dev.azure.com/acme?x=1", "has a part after"),
        ("https://[::1", "is not a web address"),
        ("https://host:99999/x", "is not a web address"),
    ],
)
def test_an_address_that_is_no_organization_says_why(url, told):
    assert told in problem({"organization_url": url})


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ("https://dev.azure.com/acme/", "https://dev.azure.com/acme"),
        ("https://acme@dev.azure.com/acme", "https://dev.azure.com/acme"),
        ("https://acme.visualstudio.com/", "https://acme.visualstudio.com"),
        ("http://127.0.0.1:8080/demo", "http://127.0.0.1:8080/demo"),
        ("https://tfs.example.com/tfs/DefaultCollection/", "https://tfs.example.com/tfs/DefaultCollection"),
        ("http://[::1]:80/demo", "http://[::1]:80/demo"),
    ],
)
def test_an_address_is_settled_without_slash_and_user(given, settled):
    assert organization_url(given) == settled


def test_both_addresses_of_an_organization_are_one():
    assert same_organization("https://dev.azure.com/Acme/", "https://acme.visualstudio.com")
    assert not same_organization("https://dev.azure.com/acme", "https://dev.azure.com/other")
    assert not same_organization("http://127.0.0.1:1/demo", "http://127.0.0.1:2/demo")


def test_an_unencrypted_address_is_a_warning_except_on_this_machine():
    assert "not encrypted" in resolve({"organization_url": "http://tfs.example.com/x"}, {}).warnings[0]
    assert resolve({"organization_url": "http://127.0.0.1:8080/demo"}, {}).warnings == ()


@pytest.mark.parametrize(
    ("text", "failed", "ran", "exceeded"),
    [
        ("0", 0, 10, False),
        ("0", 1, 10, True),
        ("3", 3, 10, False),
        ("3", 4, 10, True),
        ("5%", 1, 20, False),
        ("5%", 2, 20, True),
        ("0%", 1, 1_000_000, True),
        ("12.5 %", 1, 8, False),
        ("100%", 8, 8, False),
        ("0%", 0, 0, False),
    ],
)
def test_a_threshold_is_exceeded_by_more_than_it_allows(text, failed, ran, exceeded):
    threshold = resolve({"max_failed": text}, {}).max_failed
    assert isinstance(threshold, Threshold)
    assert threshold.exceeded(failed, ran) is exceeded


@pytest.mark.parametrize("text", ["-1", "101%", "1e3", "five", "%", "1_0", "٣"])
def test_a_threshold_that_is_none_is_refused(text):
    assert "max-failed" in problem({"max_failed": text})


@pytest.mark.parametrize(
    ("text", "value"),
    [("TRUE", True), ("yes", True), ("1", True), ("Off", False), ("0", False), ("no", False)],
)
def test_a_switch_is_read_as_people_write_it(text, value):
    assert resolve({}, {"INPUT_DRY-RUN": text}).dry_run is value


def test_a_negated_flag_beats_a_true_variable():
    found = resolve({"fail_on_failed_tests": False}, {"INPUT_FAILONFAILEDTESTS": "true"})
    assert found.fail_on_failed_tests is False
    assert found.source("fail-on-failed-tests") == "--no-fail-on-failed-tests"


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "a\nb", "a\u2028b", "a\x00b"])
def test_a_value_with_control_characters_is_refused_and_shown_harmless(text):
    told = problem({"run_name": text})
    assert "holds a line break or control character" in told
    assert text not in told


def test_a_host_that_passes_our_inputs_is_recognised_even_when_they_are_empty():
    assert any_input({"INPUT_ORGANIZATION-URL": ""})
    assert not any_input({"INPUT_WHO-TO-GREET": "world", "ADO_PUBLISHER_PLAN": "7"})
