"""A config file: what it gives, and every problem of it at once, each with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st

from ado_publisher.config import Config, ConfigurationNames, ReportSource, find, load
from ado_publisher.errors import ConfigError, SettingsError
from ado_publisher.model import Outcome
from ado_publisher.options import OPTIONS
from ado_publisher.rules import ANY, TextPattern, When
from ado_publisher.settings import resolve
from ado_publisher.values import Given

# A busy machine is no reason to fail.
slowly = sampling(deadline=None)

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def written(tmp_path):
    """`written(text, **environ)` loads that text as a config."""

    def _load(text, **environ):
        file = tmp_path / "ado-publisher.yml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(file, environ)

    return _load


@pytest.fixture
def problems(written):
    """`problems(text)`: (line, path, message) of everything that is wrong."""

    def _problems(text, **environ):
        with pytest.raises(ConfigError) as caught:
            written(text, **environ)
        return [(p.line, p.path, p.message) for p in caught.value.problems]

    return _problems


def test_everything_a_config_can_say_is_read():
    file = SAMPLES / "whole.yml"
    found = load(file, {})
    rules = found.test_cases.rules
    assert rules[0].when == When(
        name=TextPattern("Test Cases/Login/*"), properties=(("browser", TextPattern("Chrome*")),)
    )
    assert [rule.ids for rule in rules] == [(101, 102), (103,)]
    assert rules[1].when.class_name == TextPattern(r"\.Login$", regex=True)
    assert rules[1].label == f"{file}:45"
    assert found.configurations[0].when.properties == (("tier", TextPattern(ANY)),)
    assert found.configurations[0].configuration == "Windows 11 + Chrome"
    assert found.reports == (
        ReportSource("**/JUnit_Report.xml", "katalon"),
        ReportSource("build/*.xml", "auto"),
    )
    assert found.test_cases.patterns == (r"\bTC[-_ ]?(\d+)\b", r"@tc:(\d+)\b")
    assert found.statuses == {Outcome.ERROR: Outcome.ERROR, Outcome.NOT_EXECUTED: Outcome.NOT_EXECUTED}
    assert found.configuration_names == ConfigurationNames(
        ("tested_on",), {"chrome": "Windows 11 + Chrome", "7": "2"}
    )
    assert found.failures[0].when.message == TextPattern("*timed out*")
    assert (found.failures[0].failure_type, found.failures[0].bugs) == ("Known Issue", (77,))
    assert found.bugs.fields == {"Microsoft.VSTS.Common.Severity": "2 - High"}
    assert found.redaction_patterns == (r"\b\d{16}\b",)


def test_every_option_with_a_config_key_comes_from_its_line():
    file = SAMPLES / "whole.yml"
    found = load(file, {})
    exclusive = {"build-id", "latest-build", "no-build-link"}
    assert set(found.options) == {option.name for option in OPTIONS if option.config} - exclusive
    settled = resolve({}, {}, found.options)
    assert settled.plans == ("Release 1",)
    assert settled.suites == ("Login/**", "12")
    assert settled.source("several") == f"{file}:13"
    assert settled.fail_on_failed_tests is True
    assert (settled.attach, settled.attach_types, settled.attach_output) == ("failed", (".PNG", "log"), True)


def test_a_build_number_is_the_text_that_was_written():
    """As a decimal fraction 20261122.10 would lose its last digit, and name another build."""
    assert resolve({}, {}, load(SAMPLES / "whole.yml", {}).options).build_numbers == ("20261122.10",)


def test_the_least_config_says_nothing(written):
    found = written("version: 1\n")
    assert (found.options, found.reports, found.test_cases) == ({}, (), Config().test_cases)
    assert found.test_cases.patterns is None


def test_patterns_can_be_turned_off(written):
    assert written("version: 1\ntest_cases: {patterns: []}").test_cases.patterns == ()


def test_json_is_yaml(written):
    assert written(json.dumps({"version": 1, "publish": {"plan": 5}})).options["plan"].value == "5"


def test_a_missing_key_hides_no_bad_expression(problems):
    told = problems(
        "version: 1\n"
        "configurations:\n"
        "  - when: {name: {regex: '('}}\n"
        "test_cases:\n"
        "  patterns: ['(', ')']\n"
        "  rules:\n"
        "    - when: {suite: '[a'}\n"
    )
    assert [(line, path) for line, path, _ in told] == [
        (3, "configurations[0]"),
        (3, "configurations[0].when.name.regex"),
        (5, "test_cases.patterns[0]"),
        (5, "test_cases.patterns[1]"),
        (7, "test_cases.rules[0]"),
        (7, "test_cases.rules[0].when.suite"),
    ]


def test_all_problems_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        load(SAMPLES / "wrong.yml", {})
    assert [(p.line, p.path) for p in caught.value.problems] == [
        (1, "version"),
        (2, "pubish"),
        (3, "plan"),
        (5, "azure_devops.organization_url"),
        (7, "publish.points"),
        (8, "publish.suites"),
        (9, "publish.dry_run"),
        (10, "publish.max_failed"),
        (11, "publish.plan"),
        (13, "publish"),
        (14, "statuses.eror"),
        (14, "statuses.error"),
        (16, "test_cases.patterns[0]"),
        (16, "test_cases.patterns[1]"),
        (18, "test_cases.rules[0].when.nme"),
        (18, "test_cases.rules[0].when.name"),
        (18, "test_cases.rules[0].when.property.x.regex"),
        (19, "test_cases.rules[0].ids"),
        (19, "test_cases.rules[0].ids[0]"),
        (20, "test_cases.rules[1]"),
        (20, "test_cases.rules[1].ids[0]"),
        (21, "reports[1]"),
        (21, "reports[0].path"),
        (23, "configurations[0].when"),
        (25, "attachments.wen"),
        (25, "attachments.roots"),
    ]
    told = str(caught.value)
    assert told.startswith(f"{SAMPLES / 'wrong.yml'}: 26 problems")
    for words in (
        "2 is not 1, the only one there is",
        "unknown key 'pubish' - did you mean 'publish'?",
        "unknown key 'plan' - did you mean publish.plan?",
        "did you mean 'all'?",
        "'Login' is no list; write [Login]",
        "'yes' is a text in YAML; write true",
        "the environment variable NOT_SET is not set",
        "the key 'run_name' stands here twice, first in line 12",
        "did you mean 'Failed'?",
        "has no group in parentheses",
        "is no regular expression: missing )",
        "opens a [ and never closes it",
        "0 is too small; the least is 1",
        "the key 'when' is missing",
        "the key 'path' is missing",
        "uses ** beside other characters",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file is empty; the least is 'version: 1'"),
        ("# nothing\n", 1, "the file is empty; the least is 'version: 1'"),
        ("- version: 1\n", 1, "is not a mapping"),
        ("just words", 1, "is not a mapping"),
        ("null", 1, "has no value"),
        ("version: 1\npublish:\n\tplan: 1\n", 3, "a tab indents here; YAML wants spaces"),
        ("version: 1\n---\nversion: 1\n", 2, "a second document begins here"),
        ("version: [1\n", 2, "not valid YAML at column 1"),
        ("version: 1\npublish: {plan: *nope}\n", 2, "found undefined alias"),
        (b"version: 1\n\xff\n", 2, "a byte that is not UTF-8"),
        ('version: 1\npublish: {plan: "\x01"}\n', 2, "a character that YAML does not allow"),
        ("version: 1\n? [a]\n: b\n", 2, "a key that is not a text"),
        ("version: 1\npublish: !!python/object/apply:os.system [echo]\n", 2, "the tag"),
        ("version: 1\npublish: {plan: !vault x}\n", 2, "the tag '!vault' is not allowed here"),
        ("version: 1\npublish:\n", 2, "has no value; give a mapping or leave the key out"),
        ("version: 1\nreports: []\n", 2, "is empty; give a value or leave the key out"),
        ("version: 1\n<<: {publish: {}}\n", 2, "unknown key '<<'"),
        (
            "version: 1\npublish: {build_id: 4, build_number: x}\n",
            2,
            "build-id and build-number exclude each other",
        ),
        ("version: 1\npublish: {build_id: 0}\n", 2, "is not a whole number above 0"),
        ("version: 1\ntest_cases: {patterns: ['[[a](\\d)']}\n", 2, "is no regular expression"),
        ("publish: {}\n", 1, "the key 'version' is missing"),
        (
            "version: 1\ntest_cases: {rules: [{when: {name: x}, ids: [4294967296]}]}",
            2,
            "the most is 2147483647",
        ),
    ],
)
def test_a_file_that_is_no_config_says_where_and_why(problems, text, line, message):
    found = problems(text)
    assert found[0][0] == line
    assert message in found[0][2]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "version: 1\npublish: " + "{a: " * 5000,
        "- " * 5000 + "a",
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "\n".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "version: 1\npublish: &a {plan: *a}\n",
        "version: 1\nreports: [" + "x," * 200_000 + "]",
    ],
)
def test_a_bomb_is_refused_quickly(problems, text):
    assert any("nested deeper" in message or "more than" in message for _, _, message in problems(text))


def test_a_file_that_is_too_large_is_not_read(problems):
    assert problems("#" * (1024 * 1024 + 1)) == [(1, "", "the file is larger than 1 MiB")]


@pytest.mark.parametrize(
    "word", ["on", "yes", "NO", "1_000", "12:30", "0o17", "2026-11-22", "1e", "=", "0x1F"]
)
def test_what_only_yaml_1_1_resolves_stays_a_text(written, word):
    assert written(f"version: 1\npublish: {{plan: {word}}}").options["plan"].value == word


def test_variables_are_expanded_once(written):
    found = written('version: 1\npublish: {plan: "a ${env:ONE}${env:TWO}", build_id: "${env:ID}"}',
                    ONE="${env:TWO}", TWO="2", ID="41")  # fmt: skip
    assert found.options["plan"].value == "a ${env:TWO}2"
    assert resolve({}, {}, found.options).build_id == 41


@pytest.mark.parametrize(
    ("written_as", "environ", "message"),
    [
        ("${env:NOPE}", {}, "the environment variable NOPE is not set"),
        ("${env:A B}", {}, "'A B' is no name of an environment variable"),
        ("${env:}", {}, "'' is no name of an environment variable"),
        ("${env:EMPTY}", {"EMPTY": ""}, "is empty"),
        ("${env:ADO_PUBLISHER_TOKEN}", {"ADO_PUBLISHER_TOKEN": "s3cr3t"}, "looks like a credential"),
        ("${env:MY_PAT}", {"MY_PAT": "s3cr3t"}, "looks like a credential"),
        ("${env:SYSTEM_ACCESSTOKEN}", {"SYSTEM_ACCESSTOKEN": "s3cr3t"}, "looks like a credential"),
        ("${env:api_key}", {"api_key": "s3cr3t"}, "looks like a credential"),
        ("${env:DB_PASSWORD}", {}, "looks like a credential"),
        (
            "${env:HARMLESS}",
            {"HARMLESS": "s3cr3t", "ADO_PUBLISHER_TOKEN": "s3cr3t"},
            "looks like a credential",
        ),
    ],
)
def test_a_variable_that_cannot_be_used_is_told(problems, written_as, environ, message):
    found = problems(f'version: 1\npublish: {{plan: "{written_as}"}}', **environ)
    assert message in found[0][2]
    assert "s3cr3t" not in str(found)


@pytest.mark.parametrize("name", ["BUILD_PATH", "COMPATIBILITY", "KEYBOARD", "PLAN"])
def test_a_name_that_only_resembles_a_credentials_is_fine(written, name):
    found = written(f'version: 1\npublish: {{plan: "${{env:{name}}}"}}', **{name: "7"})
    assert found.options["plan"].value == "7"


@pytest.mark.parametrize(
    "key", ["token", "pat", "password", "Token", "access_token", "personal_access_token"]
)
@pytest.mark.parametrize(
    "place", ["{key}: s3cr3t", "azure_devops: {{{key}: s3cr3t}}", "publish: {{{key}: [s3cr3t]}}"]
)
def test_a_credential_in_a_config_is_refused_without_showing_it(problems, key, place):
    found = problems("version: 1\n" + place.format(key=key))
    assert len(found) == 1
    assert "set ADO_PUBLISHER_TOKEN" in found[0][2]
    assert "s3cr3t" not in str(found)


def test_a_greener_mapping_is_the_users_choice_and_is_warned_about(written):
    found = written("version: 1\nstatuses: {failed: Passed, skipped: Passed}")
    assert found.statuses[Outcome.FAILED] is Outcome.PASSED
    assert len(found.warnings) == 1
    assert "show results that are Failed as Passed" in found.warnings[0]


@pytest.mark.parametrize("glob", ["a[b]c", "[[]x", "*[!a]*", "[]]", "plain", "a]b"])
def test_a_glob_that_closes_its_brackets_is_fine(written, glob):
    text = yaml.safe_dump({"version": 1, "test_cases": {"rules": [{"when": {"name": glob}, "ids": [1]}]}})
    assert written(text).test_cases.rules[0].when.name == TextPattern(glob)


def test_a_config_is_found_by_its_name_or_by_default(tmp_path):
    assert find("", tmp_path) is None
    (tmp_path / "ado-publisher.yaml").write_text("version: 1")
    assert find("", tmp_path) == Path("ado-publisher.yaml")
    assert find("other.yml", tmp_path) == Path("other.yml")
    (tmp_path / "ado-publisher.yml").write_text("version: 1")
    with pytest.raises(SettingsError, match="both here"):
        find("", tmp_path)


@pytest.mark.parametrize("name", ["missing.yml", "."])
def test_a_config_that_cannot_be_read_is_told(tmp_path, name):
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / name, {})


words = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20)


def loaded(folder: Path, content: bytes) -> Config | ConfigError:
    """The config or the error it ends in; any other exception is a crash."""
    file = folder / "a.yml"
    file.write_bytes(content)
    try:
        return load(file, {})
    except ConfigError as error:
        return error


@slowly
@given(plan=words.filter(lambda text: text.strip() and "${" not in text))
def test_every_text_comes_back_as_it_was_written(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    text = json.dumps({"version": 1, "publish": {"plan": plan}}, ensure_ascii=False)
    found = loaded(folder, text.encode())
    assert found.options["plan"] == Given(plan, f"{folder / 'a.yml'}:1")


@slowly
@given(content=st.binary(max_size=200))
def test_no_file_crashes_the_reader(tmp_path_factory, content):
    found = loaded(tmp_path_factory.mktemp("config"), content)
    assert isinstance(found, Config) or found.problems


SECTIONS = ["version", "azure_devops", "publish", "reports", "test_cases", "statuses", "configurations"]
FIELDS = ["path", "when", "rules", "regex", "name", "ids", "plan", "suites", "patterns", "property", "types"]
KEYS = [*SECTIONS, *FIELDS, "attachments", "token", "error", "build_number"]
shapes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@slowly
@given(data=shapes)
def test_no_shape_crashes_the_checks(tmp_path_factory, data):
    found = loaded(tmp_path_factory.mktemp("config"), json.dumps(data).encode())
    assert isinstance(found, Config) or found.problems
