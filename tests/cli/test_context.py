"""Flags, environment, config and host come together in one place; `validate` shows the config's share."""

from __future__ import annotations

import pytest

from ado_publisher.ci import HostKind
from ado_publisher.cli.context import gather
from ado_publisher.errors import SettingsError

SECRET = "pat-1234567890abcdef"
CONFIG = """version: 1
publish:
  plan: Release 1
  points: all
reports: [{path: "*.xml"}]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_default_config_of_the_working_directory_is_read(folder):
    (folder / "ado-publisher.yml").write_text(CONFIG)
    settings, config, host = gather({}, {"INPUT_POINTS": "first"})
    assert (settings.plans, settings.points) == (("Release 1",), "first")
    assert settings.source("plan") == "ado-publisher.yml:3"
    assert config.file == "ado-publisher.yml"
    assert host.kind is HostKind.CONSOLE


@pytest.mark.parametrize("how", ["flag", "variable", "input"])
def test_a_config_is_named_by_flag_or_variable(folder, how):
    (folder / "other.yml").write_text(CONFIG)
    flags = {"config": "other.yml"} if how == "flag" else {}
    environ = {"variable": {"ADO_PUBLISHER_CONFIG": "other.yml"}, "input": {"INPUT_CONFIG": "other.yml"}}
    settings, config, _ = gather(flags, environ.get(how, {}))
    assert (settings.plans, config.file) == (("Release 1",), "other.yml")


def test_reports_of_the_config_stand_in_for_files(folder):
    (folder / "ado-publisher.yml").write_text(CONFIG)
    settings, config, _ = gather({}, {}, required=["files", "plan"])
    assert settings.files == ()
    assert config.reports[0].path == "*.xml"


def test_a_broken_config_and_broken_settings_are_told_together(folder):
    (folder / "ado-publisher.yml").write_text("version: 1\npubish: {}\n")
    with pytest.raises(SettingsError) as caught:
        gather({"points": "al"}, {}, required=["plan"])
    assert "unknown key 'pubish'" in str(caught.value)
    assert "points: 'al' from --points" in str(caught.value)
    assert "plan: is missing" not in str(caught.value)


def test_a_format_nobody_reads_is_a_setting_that_is_wrong(folder):
    with pytest.raises(
        SettingsError, match=r"format: 'junt' from --format is none of .* did you mean 'junit'\?"
    ):
        gather({"format": "junt", "project": ""}, {})
    (folder / "ado-publisher.yml").write_text('version: 1\nreports:\n  - {path: "*.xml", format: junti}\n')
    with pytest.raises(SettingsError, match=r"ado-publisher.yml:3: format 'junti' .* did you mean 'junit'\?"):
        gather({}, {})


def test_the_token_is_masked_before_anything_is_told(folder, capsys):
    environ = {"GITHUB_ACTIONS": "true", "INPUT_TOKEN": SECRET, "INPUT_POINTS": "al"}
    with pytest.raises(SettingsError):
        gather({}, environ)
    assert capsys.readouterr().out == f"::add-mask::{SECRET}\n"


def test_on_a_console_the_token_is_never_printed(folder, capsys):
    gather({}, {"ADO_PUBLISHER_TOKEN": SECRET})
    assert capsys.readouterr() == ("", "")


def test_a_pipeline_offers_its_organization_project_and_build(folder):
    environ = {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
        "SYSTEM_TEAMPROJECT": "Shop",
        "BUILD_BUILDID": "41",
    }
    settings, _, _ = gather({}, environ)
    assert (settings.organization_url, settings.project, settings.build_id) == (
        "https://dev.azure.com/acme",
        "Shop",
        41,
    )
    assert not settings.named("build-id")


def test_validate_says_what_a_config_sets(cli, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text(CONFIG + "statuses: {failed: Passed}\n")
    done = cli("validate")
    assert done.code == 0
    assert done.stdout.splitlines() == [
        "ado-publisher.yml: valid",
        "  plan: Release 1",
        "  points: all",
        "  reports: *.xml (auto)",
        "  status mappings: 1",
    ]
    assert "warning: ado-publisher.yml:6: statuses show results that are Failed as Passed" in done.stderr


def test_validate_tells_every_problem_and_ends_with_2(cli, tmp_path):
    (tmp_path / "my.yml").write_text("version: 1\npubish: {}\npublish: {points: al}\ntoken: s3cr3t\n")
    done = cli("validate", "--config", "my.yml")
    assert done.code == 2
    assert done.stdout == ""
    assert "my.yml: 3 problems" in done.stderr
    assert "s3cr3t" not in done.output


def test_validate_without_a_config_says_where_it_looked(cli):
    done = cli("validate")
    assert done.code == 2
    assert "no ado-publisher.yml and no ado-publisher.yaml here" in done.stderr


def test_validate_needs_no_settings_beside_the_config(cli, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text(CONFIG)
    assert cli("validate", env={"ADO_PUBLISHER_TOKEN_FILE": "/nowhere", "INPUT_POINTS": "al"}).code == 0


def test_what_a_config_says_cannot_speak_to_the_ci_host(cli, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text('version: 1\npublish: {plan: "##vso[task.complete]x"}\n')
    done = cli("validate", env={"TF_BUILD": "True"})
    assert "##vso[" not in done.output


@pytest.mark.parametrize(
    ("organization", "refused"),
    [
        ("https://dev.azure.com/acme", False),
        ("https://acme.visualstudio.com", False),
        ("https://evil.example", True),
    ],
)
def test_the_pipelines_own_token_goes_to_its_own_organization_only(folder, organization, refused):
    """A config that comes with a pull request could name any host."""
    (folder / "ado-publisher.yml").write_text(
        f"version: 1\nazure_devops: {{organization_url: '{organization}', project: Shop}}\n"
    )
    environ = {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
        "SYSTEM_ACCESSTOKEN": SECRET,
    }
    if not refused:
        assert gather({}, environ)[0].token == SECRET
        return
    with pytest.raises(SettingsError, match="SYSTEM_ACCESSTOKEN is valid only there") as told:
        gather({}, environ)
    assert SECRET not in str(told.value)
    assert gather({}, {**environ, "ADO_PUBLISHER_TOKEN": "other"})[0].token == "other"
