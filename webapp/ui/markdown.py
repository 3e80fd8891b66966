"""Markdown of authors and administrators as HTML that cannot harm who reads it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 20_000
"""Characters that are looked at; pages show no more of a text."""
TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6"),
}
SCHEMES = {"http", "https", "mailto"}
DEEPEST = 6
MOST_CELLS = 5000
"""Of tables: short lines below a wide head would become a hundred times their length."""


def markdown(text: str | None) -> Markup:
    """text as HTML: no scripts, no pictures, no HTML of its own, and links only to places that browsers merely open."""
    # Who never shows a page, such as a worker, shall not wait for these to be loaded.
    import nh3  # noqa: PLC0415

    shown = (text or "")[:LONGEST] + ("…" if len(text or "") > LONGEST else "")
    # Halves of characters, which no page can hold, become question marks.
    whole = shown.replace("\0", "").encode(errors="replace").decode()
    html = _parser(_cells(whole) <= MOST_CELLS).render(whole)
    clean = nh3.clean(
        html, tags=TAGS, attributes={"a": {"href", "title"}}, url_schemes=SCHEMES, link_rel="nofollow noopener"
    )
    return Markup(clean)


def _cells(text: str) -> int:
    """How many cells tables in text may have at most."""
    lines = text.splitlines()
    return len(lines) * max((line.count("|") for line in lines), default=0)


@cache
def _parser(tables: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415

    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", *(["table"] if tables else [])])
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.add_render_rule("image", _in_words)
    return parser


def _lower_headings(state: Any) -> None:
    """Headings of a text stand below those of the page."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(DEEPEST, int(token.tag[1:]) + 2)}"


def _in_words(
    _renderer: object, tokens: Sequence[Token], index: int, _options: object, _env: MutableMapping[str, Any]
) -> str:
    """A picture, which would be fetched from anywhere, by what it says instead of itself."""
    return str(Markup.escape(tokens[index].content))
