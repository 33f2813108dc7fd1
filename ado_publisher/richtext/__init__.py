"""One form of rich text for all systems: a small subset of HTML, to and from HTML and Markdown. Pure.

Equal meaning is an equal string. What the subset does not hold becomes its text.
"""

from ado_publisher.richtext.blocks import from_html, text_of
from ado_publisher.richtext.markdown import from_markdown, to_markdown

__all__ = ["from_html", "from_markdown", "text_of", "to_html", "to_markdown"]


def to_html(canonical: str) -> str:
    """The canonical form is HTML already."""
    return canonical
