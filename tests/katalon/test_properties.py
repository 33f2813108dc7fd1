"""The .properties syntax, and that the credential in the file comes out nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from katalon.build import settings

from ado_publisher.katalon import read_project
from ado_publisher.katalon.properties import entries
from ado_publisher.katalon.settings import settings_in

SECRET = "s3cr3t-of-nobody"


def values(content: str | bytes, *keys: str) -> dict[str, str]:
    found, bad = entries(content.encode() if isinstance(content, str) else content, keys)
    assert bad == []
    return {key: entry.value for key, entry in found.items()}


@pytest.mark.parametrize(
    "line",
    [
        "a=v",
        "a:v",
        "a v",
        "a\tv",
        "a \f= \t v",
        " \t a=v",
        "a=\\v",
        "\\u0061=\\u0076",
        "a=\\\nv",
        "a\\\n  \t=v",
        "a=\\\r\n v",
    ],
)
def test_every_way_to_write_an_entry_says_the_same(line):
    assert values(f"# a comment \\\n\n!a=no\n{line}\r\nb=1", "a", "b") == {"a": "v", "b": "1"}


def test_of_a_key_that_stands_twice_the_last_counts():
    assert values("a=1\ra=2", "a") == {"a": "2"}


def test_an_escaped_backslash_at_the_end_of_a_line_continues_nothing():
    assert values("a=x\\\\\nb=y", "a", "b") == {"a": "x\\", "b": "y"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1"])
def test_names_with_accents_are_read_in_each_encoding(encoding):
    assert values("a=Prüfung".encode(encoding), "a") == {"a": "Prüfung"}
    assert values("a=Pr\\u00fcfung \\uD83D\\uDE80", "a") == {"a": "Prüfung 🚀"}


def test_a_broken_escape_costs_one_entry_and_names_its_line():
    found, bad = entries(b"a=1\n\nb=x\\\n\\u12G4\nc=3\nd=\\u1", {"a", "b", "c", "d"})
    assert {key: (entry.value, entry.line) for key, entry in found.items()} == {"a": ("1", 1), "c": ("3", 5)}
    assert bad == [3, 6]


@pytest.mark.parametrize(
    "text",
    [
        f"token={SECRET}\nserverUrl=x",
        f"  Token : {SECRET}\r\nserverUrl=x",
        f"token {SECRET}\\\n  {SECRET}\\\n{SECRET}\nserverUrl=x",
        f"serverUrl=x\\\ntoken={SECRET}\\\n{SECRET}",
        f"token=\\u12{SECRET}\nserverUrl=x",
        f"\\u0074oken={SECRET}\nserverUrl=x",
        f'token={SECRET}\nserverUrl=https\\://u\\:{SECRET}@dev.azure.com/acme\nintegratedProject=["{SECRET}"]',
        f"serverUrl=https\\://u\\:{SECRET}/x@dev.azure.com/acme",
        f'serverUrl="{SECRET}',
        f'integratedProject={{"id":"1","name":"Shop","token":"{SECRET}"}}',
        f"azureToken={SECRET}\nsubmitOptions.token={SECRET}",
    ],
)
def test_the_credential_is_in_no_value_and_no_message(text):
    said, problems = settings_in(
        text.replace('["', '{"name":"x","token":"').replace('"]', '"}').encode(), "f"
    )
    assert SECRET not in f"{said!r} {problems}"


def test_what_continues_the_credential_is_no_entry():
    assert values("token=a\\\nb=1\\\nc=2\nd=3\ntoken\ne=4\ntoken=x\\", "b", "c", "d", "e") == {
        "d": "3",
        "e": "4",
    }


def test_a_file_that_katalon_wrote_and_nobody_filled_in_says_little(tmp_path):
    settings(
        tmp_path,
        enableIntegration=False,
        serverUrl="",
        enableAuthenticationEncryption=True,
        integratedProject="",
        executionStatusMappings="",
        submitOptions__autoSubmitTestRun=True,
        submitOptions__buildDefinitionId=-1,
        submitOptions__attachmentSendingType="SEND_IF_FAILS",
        token=SECRET,
    )
    project = read_project(tmp_path)
    assert project.problems == ()
    assert project.settings is not None
    assert (project.settings.enabled, project.settings.auto_submit) == (False, True)
    assert (project.settings.server_url, project.settings.project_name) == ("", "")
    assert SECRET not in repr(project)


def escaped(sign: str, raw: bool) -> str:
    """One character as a writer may put it; always escaped where it would mean something else."""
    plain = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
    if sign in plain:
        return plain[sign]
    if sign in "\\ =:#!":
        return f"\\{sign}"
    if raw and sign.isprintable():
        return sign
    units = sign.encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.data(),
)
def test_what_a_writer_puts_in_comes_out_with_its_line(given_values, end, data):
    lines, places = [], {}
    for key, value in given_values.items():
        lines += data.draw(st.lists(st.sampled_from(["", "# x\\", "!", f"token={SECRET}"]), max_size=2))
        raw = data.draw(st.booleans())
        separator = data.draw(st.sampled_from(["=", ":", " = ", "\t:", " "]))
        joined = [escaped(sign, raw) for sign in value]
        cuts = data.draw(st.sets(st.integers(0, max(len(joined) - 1, 0)), max_size=2)) if joined else set()
        for at in cuts:
            joined[at] = f"\\{end} \t{joined[at]}"
        places[key] = sum(line.count(end) + 1 for line in lines) + 1
        lines.append("".join(escaped(sign, raw) for sign in key) + separator + "".join(joined))
    found, bad = entries(end.join(lines).encode(), set(given_values))
    wanted = {key: (value, places[key]) for key, value in given_values.items() if key.lower() != "token"}
    assert {key: (entry.value, entry.line) for key, entry in found.items()} == wanted
    assert bad == []
    assert SECRET not in repr(found)
