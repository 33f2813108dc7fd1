"""`validate` refuses what `publish` would refuse."""


def test_an_unknown_format_is_told_by_its_line_with_what_was_meant(cli, tmp_path):
    (tmp_path / "my.yml").write_text(
        "version: 1\n"
        "publish:\n"
        "  format: katalonn\n"
        "reports:\n"
        "  - path: a.xml\n"
        "  - {path: b.xml, format: jnit}\n"
        "  - {path: c.xml, format: auto}\n"
    )
    done = cli("validate", "--config", "my.yml", cwd=tmp_path)
    assert done.code == 2
    assert done.stdout == ""
    assert "my.yml: 2 problems" in done.stderr
    assert "my.yml:line 3: publish.format: 'katalonn' is none of auto, allure, boost," in done.stderr
    assert "my.yml:line 6: reports[1].format: 'jnit' is none of" in done.stderr
    assert "did you mean 'junit'?" in done.stderr
    assert "did you mean 'katalon'?" in done.stderr


def test_a_known_format_is_valid(cli, tmp_path):
    (tmp_path / "my.yml").write_text(
        "version: 1\npublish: {format: junit}\nreports: [{path: a.xml, format: katalon}]\n"
    )
    assert cli("validate", "--config", "my.yml", cwd=tmp_path).code == 0
