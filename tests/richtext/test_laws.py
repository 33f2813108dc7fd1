"""What the subset holds comes back as it was, from HTML and from Markdown; nothing else does any harm."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.richtext import from_html, from_markdown, text_of, to_html, to_markdown

WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=6).map(
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
)
LINK = st.sampled_from(["https://shop.example.com/a?b=1&amp;c=(2)", "mailto:ann@example.com"])
INLINE = st.recursive(
    WORD,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["b", "i", "s", "code"]), inner).map(lambda p: f"<{p[0]}>{p[1]}</{p[0]}>"),
        st.tuples(LINK, inner).map(lambda p: f'<a href="{p[0]}">{p[1]}</a>'),
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map("<br>".join),
    ),
    max_leaves=4,
)
BLOCK = st.recursive(
    st.one_of(
        INLINE.map(lambda text: f"<p>{text}</p>"),
        st.tuples(st.integers(1, 6), INLINE).map(lambda p: f"<h{p[0]}>{p[1]}</h{p[0]}>"),
        WORD.map(lambda text: f"<pre>{text}\n  {text}</pre>"),
        st.just("<hr>"),
        st.lists(st.lists(INLINE, min_size=2, max_size=2), min_size=2, max_size=3).map(
            lambda rows: (
                "<table>"
                + "".join(
                    "<tr>"
                    + "".join(f"<{'td' if n else 'th'}>{c}</{'td' if n else 'th'}>" for c in row)
                    + "</tr>"
                    for n, row in enumerate(rows)
                )
                + "</table>"
            )
        ),
    ),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["ul", "ol"]), st.lists(st.one_of(INLINE, inner), min_size=1, max_size=3)
        ).map(lambda p: f"<{p[0]}>" + "".join(f"<li>{each}</li>" for each in p[1]) + f"</{p[0]}>"),
        st.lists(inner, min_size=1, max_size=2).map(lambda b: f"<blockquote>{''.join(b)}</blockquote>"),
    ),
    max_leaves=4,
)
DOCUMENTS = st.lists(BLOCK, max_size=4).map("".join).map(from_html)
ALLOWED = frozenset(
    "p h1 h2 h3 h4 h5 h6 pre hr ul ol li blockquote table tr td th b i s code a br".split()  # noqa: SIM905
)


@given(DOCUMENTS)
def test_what_the_subset_holds_comes_back_from_html(document):
    assert from_html(to_html(document)) == document


@given(DOCUMENTS)
def test_what_the_subset_holds_comes_back_from_markdown(document):
    assert from_markdown(to_markdown(document)) == document


@given(st.text(max_size=200))
def test_any_text_has_a_canonical_form_that_stays(source):
    for read in (from_html, from_markdown):
        once = read(source)
        assert from_html(once) == once
        text_of(once)
        assert from_markdown(to_markdown(once)) == once


@given(
    st.lists(
        st.sampled_from(
            [
                "<script>alert(1)</script>",
                "<img src=x onerror=alert(1)>",
                "<a href='javascript:alert(1)'>x</a>",
                "<a href='jAva\tscript:alert(1)'>x</a>",
                "<svg onload=alert(1)>",
                "<p onclick=x>",
                "<iframe src=//x>",
                "<style>p{}</style>",
                "<b",
                "<",
                "&lt;script&gt;",
                "[x](javascript:alert(1))",
                "\n\n",
                "<math>",
                "a",
            ]
        ),
        max_size=8,
    ).map("".join)
)  # fmt: skip
def test_no_script_no_handler_and_no_strange_address_survives(source):
    for found in (from_html(source), from_markdown(source)):
        tags = re.findall(r"<(/?)(\w+)([^>]*)>", found)
        assert {tag for _, tag, _ in tags} <= ALLOWED
        for _, tag, more in tags:
            assert not more or (tag == "a" and re.fullmatch(r' href="(https?|mailto):[^"]*"', more))


@pytest.mark.parametrize(
    ("markdown", "canonical"),
    [
        ("**Open** the *shop*", "<p><b>Open</b> the <i>shop</i></p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("- a\n- b\n  - c", "<ul><li>a</li><li><p>b</p><ul><li>c</li></ul></li></ul>"),
        ("# Head\n\n> said", "<h1>Head</h1><blockquote><p>said</p></blockquote>"),
        ("![shot](https://x.example.com/a.png)", '<p><a href="https://x.example.com/a.png">shot</a></p>'),
    ],
)
def test_markdown_as_people_write_it(markdown, canonical):
    assert from_markdown(markdown) == canonical


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<div>Open <strong>the&nbsp;shop</strong></div><div>Pay</div>", "Open **the shop**\n\nPay"),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
        ("<p>a_b * c [d] 1 &lt; 2</p>", "a\\_b \\* c \\[d\\] 1 \\< 2"),
        ("<p>1. no list</p>", "\\1. no list"),
        ("<table><tr><th>a</th></tr><tr><td>b</td></tr></table>", "| a |\n| --- |\n| b |"),
        ("<p style='color:red'>plain <span>text</span></p>", "plain text"),
    ],
)
def test_html_as_the_service_writes_it_becomes_markdown_that_people_read(html, markdown):
    found = to_markdown(from_html(html))
    assert from_markdown(found) == from_html(html)
    if "no list" not in html:
        assert found == markdown


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 20_000,
        "<b>" * 5_000 + "x",
        "> " * 5_000 + "x",
        "[" * 20_000,
        "*a " * 20_000,
        "<ul><li>" * 3_000,
    ],
)
def test_a_bomb_is_read_and_stays_as_small_as_it_was(bomb):
    for read in (from_html, from_markdown):
        found = read(bomb)
        assert len(found) < 6 * len(bomb) + 1_000
        assert from_html(found) == found


def test_the_text_alone_has_a_line_for_each_block():
    assert text_of(
        from_html("<p>a <b>b</b></p><ul><li>c</li></ul><table><tr><td>d</td><td>e</td></tr></table>")
    ) == ("a b\nc\nd\te")
