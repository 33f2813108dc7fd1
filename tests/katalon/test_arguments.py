"""Katalon's command-line names among our own arguments."""

import pytest

from ado_publisher.errors import SettingsError
from ado_publisher.katalon import translate_arguments


def translated(*argv: str) -> list[str]:
    return translate_arguments(argv)[0]


def test_katalon_s_names_become_ours_wherever_they_stand():
    argv = [
        "publish", "--info", "-adoBuildDefId=7", "a.xml", "-adoPlanId=5", '-adoTestRunName="Nightly {1}"',
        "--dry-run", "--info", "-adoBuildNumber=1.10", "-adoReleaseDefID=3",
    ]  # fmt: skip
    new, notes = translate_arguments(argv)
    assert new == [
        "publish", "--build-definition=7", "a.xml", "--plan=5", "--run-name=Nightly (1)",
        "--dry-run", "--build-number=1.10",
    ]  # fmt: skip
    assert notes[1] == "-adoPlanId is taken as --plan=5"
    assert len(notes) == 5
    assert "-adoReleaseDefID is left out" in notes[4]
    assert "--release-id" in notes[4]


@pytest.mark.parametrize("name", ["-adoPlanID", "-adoplanid", "-ADOPLANID"])
def test_case_does_not_matter(name):
    assert translated(f"{name}=5") == ["--plan=5"]


def test_both_names_of_the_build_definition_are_known():
    assert translated("-adoDefinitionID=7", "-adoBuildDefId=7") == ["--build-definition=7"] * 2


def test_arguments_without_any_of_them_stay_as_they_are():
    argv = ["publish", "--info", "x.xml", "--plan", "5", "--", "-adoPlanId=6", "--info"]
    assert translate_arguments(argv) == (argv, [])


def test_what_follows_two_dashes_are_files():
    assert translated("-adoPlanId=5", "--", "-adoX=6", "--info") == ["--plan=5", "--", "-adoX=6", "--info"]


def test_an_info_behind_the_last_of_them_is_not_katalon_s():
    assert translated("--info", "-adoPlanId=5", "--info") == ["--plan=5", "--info"]


def test_a_value_may_hold_anything():
    assert translated("-adoTestRunName=--a='b' =c") == ["--run-name=--a='b' =c"]
    assert translated("-adoTestRunName='x'") == ["--run-name=x"]
    assert translated('-adoTestRunName="') == ['--run-name="']


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["-adoPlanIdd=5"], ["'-adoPlanIdd' is no argument of Katalon's - did you mean '-adoPlanId'?"]),
        (["-adoToken=hush"], ["'-adoToken' is no argument of Katalon's"]),
        (["-adoPlanId", "5"], ["-adoPlanId has no value; write -adoPlanId=… or leave it out"]),
        (["-adoPlanId=''"], ["-adoPlanId has no value"]),
        (["-adoPlanId=5", "-adoplanid=6"], ["-adoPlanId='5' and -adoplanid='6' disagree; keep one"]),
        (["--plan", "5", "-adoPlanId=6"], ["--plan='5' and -adoPlanId='6' disagree; keep one"]),
        (["-adoPlanId=6", "--plan=5"], ["--plan='5' and -adoPlanId='6' disagree; keep one"]),
        (["-adoX=1", "-adoPlanId="], ["'-adoX' is no argument", "-adoPlanId has no value"]),
    ],
)
def test_what_is_wrong_is_told_at_once_without_values_of_unknown_names(argv, words):
    with pytest.raises(SettingsError) as caught:
        translate_arguments(argv)
    assert all(word in str(caught.value) for word in words)
    assert "hush" not in str(caught.value)


def test_build_numbers_may_be_several():
    assert translated("-adoBuildNumber=1", "--build-number", "2", "-adoBuildNumber=3") == [
        "--build-number=1",
        "--build-number",
        "2",
        "--build-number=3",
    ]
