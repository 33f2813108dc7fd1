"""Shipped files are found in an installed copy and in a checkout."""

from __future__ import annotations

import pytest

from ado_publisher import resources


def test_the_schema_that_is_read_is_the_checkouts_wherever_the_package_was_installed(root):
    in_checkout = (root / "schemas/ado-publisher.schema.json").read_text(encoding="utf-8")
    assert resources.text("schemas", "ado-publisher.schema.json") == in_checkout


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
