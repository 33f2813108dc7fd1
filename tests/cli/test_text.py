"""Words from reports stay words on a console."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.cli.text import harmless

PIECES = st.sampled_from(
    [
        *("#", "##", "##vso[", "##VsO[", "vso[", "[", ":", "::", "::error::", " ", "\t", "\n", "\r"),
        *("\x1b", "\x1b[31m", "\x9b", "\x00", "\x85", "\u2028", "\u2029", "\u3000", "\u200b", "\ufeff"),
        *("\u202e", "\udc80", "a", "é"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)


@given(TEXTS)
def test_whatever_comes_in_one_line_without_commands_comes_out(text):
    shown = harmless(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)
    assert not re.search(r"##(vso)?\[", shown, re.IGNORECASE)
    assert not shown.strip().startswith("::")


@given(TEXTS)
def test_what_is_harmless_stays_as_it_is(text):
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "plain words, é, 漢字 😀 :: std::vector # ## [x]",
            "plain words, é, 漢字 😀 :: std::vector # ## [x]",
        ),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("##vso[task.complete]", "# #vso[task.complete]"),
        ("#\x00#VSO[x]", "# #VSO[x]"),
        ("  ::error::x", "  : :error::x"),
    ],
)
def test_text_is_shown(text, shown):
    assert harmless(text) == shown
