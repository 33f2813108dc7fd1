"""Flag beats environment beats config beats the CI host's offer beats the default."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st

from ado_publisher.errors import SettingsError
from ado_publisher.options import BY_NAME, EXCLUSIVE, OPTIONS, Kind
from ado_publisher.settings import resolve
from ado_publisher.values import Given, Threshold

# A busy machine is no reason to fail.
slowly = sampling(deadline=None)

LAYERS = ("flag", "environment", "config", "ci")
PLAIN = [option for option in OPTIONS if not option.secret]
EXCLUDING = {name for group in EXCLUSIVE for name in group}


def values_of(option):
    """Four different texts the option accepts, strongest layer first."""
    match option.kind:
        case Kind.FLAG:
            return ["true", "false", "true", "false"]
        case _ if option.choices:
            return [option.choices[index % len(option.choices)] for index in range(4)]
        case Kind.INT | Kind.THRESHOLD:
            return ["1", "2", "3", "4"]
        case Kind.URL:
            return [f"https://dev.azure.com/{name}" for name in "abcd"]
        case _:
            return ["a", "b", "c", "d"]


def expected(option, text):
    if option.multiple:
        return (text,)
    match option.kind:
        case Kind.FLAG:
            return text == "true"
        case Kind.INT:
            return int(text)
        case Kind.THRESHOLD:
            return Threshold(float(text))
        case _:
            return text


@slowly
@given(option=st.sampled_from(PLAIN), layers=st.sets(st.sampled_from(LAYERS), min_size=1))
def test_the_strongest_source_decides(option, layers):
    texts = dict(zip(LAYERS, values_of(option), strict=True))
    flag = (texts["flag"],) if option.multiple else texts["flag"]
    in_use = layers - (set() if option.ci else {"ci"})
    found = resolve(
        {option.field: flag} if "flag" in layers else {},
        {option.variable: texts["environment"]} if "environment" in layers else {},
        {option.name: Given(texts["config"], "ado-publisher.yml:3")} if "config" in layers else {},
        {option.name: Given(texts["ci"], "SYSTEM_X")} if "ci" in layers else {},
    )
    if strongest := next((layer for layer in LAYERS if layer in in_use), None):
        assert getattr(found, option.field) == expected(option, texts[strongest])
        assert found.named(option.name) == (strongest != "ci")
        assert found.source(option.name) != "default"
    else:
        assert found == resolve({}, {})
        assert found.source(option.name) == "default"


@slowly
@given(
    option=st.sampled_from([option for option in PLAIN if option.name not in EXCLUDING]),
    marks=st.lists(st.sampled_from(["-", "_", ".", ""]), min_size=30, max_size=30),
    upper=st.booleans(),
)
def test_every_spelling_of_an_input_is_the_input(option, marks, upper):
    """GitHub keeps hyphens, Azure has none, people write underscores."""
    words = option.name.split("-")
    spelled = words[0] + "".join(mark + word for mark, word in zip(marks, words[1:], strict=False))
    text = values_of(option)[0]
    found = resolve({}, {f"INPUT_{spelled.upper() if upper else spelled}": text})
    assert getattr(found, option.field) == expected(option, text)


@slowly
@given(option=st.sampled_from(OPTIONS), blank=st.sampled_from(["", " ", "\n", "\t \n"]))
def test_an_empty_variable_is_an_absent_one(option, blank):
    environ = {option.variable: blank, option.github_variable: blank, option.azure_variable: blank}
    assert resolve({}, environ) == resolve({}, {})


def test_github_and_azure_spell_their_inputs_as_their_runners_do():
    option = BY_NAME["organization-url"]
    assert option.variable == "ADO_PUBLISHER_ORGANIZATION_URL"
    assert option.github_variable == "INPUT_ORGANIZATION-URL"
    assert option.azure_variable == "INPUT_ORGANIZATIONURL"
    assert option.azure_input == "organizationUrl"


def test_spellings_that_agree_are_one():
    found = resolve({}, {"INPUT_PLAN": "7", "ADO_PUBLISHER_PLAN": " 7 "})
    assert found.plans == ("7",)


def test_spellings_that_disagree_are_refused_with_their_values():
    with pytest.raises(
        SettingsError, match=r"project: ADO_PUBLISHER_PROJECT='5' and INPUT_PROJECT='7' disagree"
    ):
        resolve({}, {"INPUT_PROJECT": "7", "ADO_PUBLISHER_PROJECT": "5"})


def test_a_flag_does_not_heal_spellings_that_disagree():
    with pytest.raises(SettingsError, match="disagree"):
        resolve({"project": "1"}, {"INPUT_PROJECT": "7", "ADO_PUBLISHER_PROJECT": "5"})


@pytest.mark.parametrize("text", ["a\nb\nc", "a,b,c", " a \r\n b,c\n\n", ",a,,b\n,c,"])
def test_a_list_in_a_variable_is_split_at_lines_and_commas(text):
    assert resolve({}, {"INPUT_SUITE": text}).suites == ("a", "b", "c")


def test_names_of_plans_keep_their_commas_in_a_variable():
    assert resolve({}, {"INPUT_PLAN": "Release 1, web\nRelease 2"}).plans == ("Release 1, web", "Release 2")


def test_a_repeated_flag_keeps_its_commas_but_build_numbers_are_a_list():
    found = resolve({"suites": ("a,b", "c"), "build_numbers": ("1,2", "3")}, {})
    assert found.suites == ("a,b", "c")
    assert found.build_numbers == ("1", "2", "3")


def test_a_named_build_outranks_the_detected_one():
    ci = {"build-id": Given(41, "BUILD_BUILDID")}
    found = resolve({"build_numbers": ("20261122.1",)}, {}, {}, ci)
    assert (found.build_id, found.build_numbers) == (None, ("20261122.1",))
    assert resolve({}, {}, {}, ci).build_id == 41


def test_no_build_link_in_the_environment_outranks_a_build_of_the_config():
    config = {"build-number": Given("7", "ado-publisher.yml:3")}
    found = resolve({}, {"INPUT_NO-BUILD-LINK": "true"}, config)
    assert (found.no_build_link, found.build_numbers) == (True, ())


def test_saying_no_to_no_build_link_names_no_build():
    ci = {"build-id": Given(41, "BUILD_BUILDID")}
    assert resolve({}, {"INPUT_NO-BUILD-LINK": "false"}, {}, ci).build_id == 41


def test_two_builds_from_one_source_are_refused():
    with pytest.raises(SettingsError, match=r"--build-id='4' and --build-number=.* exclude each other"):
        resolve({"build_id": "4", "build_numbers": ("7",)}, {})


def test_a_pipelines_project_and_build_are_not_used_in_another_organization():
    ci = {
        "organization-url": Given("https://dev.azure.com/acme", "SYSTEM_COLLECTIONURI"),
        "project": Given("Shop", "SYSTEM_TEAMPROJECT"),
        "build-id": Given(41, "BUILD_BUILDID"),
    }
    other = resolve({"organization_url": "https://dev.azure.com/other"}, {}, {}, ci)
    assert (other.project, other.build_id) == ("", None)
    same = resolve({"organization_url": "https://acme.visualstudio.com/"}, {}, {}, ci)
    assert (same.project, same.build_id) == ("Shop", 41)
