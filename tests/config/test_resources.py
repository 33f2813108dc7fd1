"""Shipped files are found in an installed copy and in a checkout."""

from __future__ import annotations

import pytest

from ado_publisher import resources


def test_a_checkout_uses_its_own_schemas(root):
    assert (
        resources.path("schemas", "ado-publisher.schema.json") == root / "schemas/ado-publisher.schema.json"
    )


def test_an_installed_copy_uses_what_lies_in_the_package(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "ado_publisher"
    (package / "schemas").mkdir(parents=True)
    (package / "schemas" / "a.json").write_text("{}")
    # Another package's folder of that name, next to ours, is not the one.
    (package.parent / "schemas").mkdir()
    (package.parent / "schemas" / "a.json").write_text("other")
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.text("schemas", "a.json") == "{}"


def test_a_missing_file_names_both_places():
    with pytest.raises(FileNotFoundError, match=r"schemas/none\.json is missing .*ado_publisher/schemas"):
        resources.path("schemas", "none.json")
