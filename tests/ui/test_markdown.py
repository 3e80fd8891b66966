"""Descriptions in Markdown: what authors may say, and that nobody harms a reader with it."""

from __future__ import annotations

import pytest

from webapp.ui.markdown import LONGEST, markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Bold** and `code`.", "<p><strong>Bold</strong> and <code>code</code>.</p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("| a |\n|---|\n| 1 |", "<th>a</th>"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        ("# Title", "<h3>Title</h3>"),
        ("##### Deep", "<h6>Deep</h6>"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>"),
        ("[docs](https://example.org/x?a=1&b=2)", 'href="https://example.org/x?a=1&amp;b=2" rel="nofollow noopener"'),
        ("[jobs](/jobs/)", '<a href="/jobs/" rel="nofollow noopener">jobs</a>'),
        ("<https://example.org>", '<a href="https://example.org" rel="nofollow noopener">'),
        ("größer \U0001f600", "<p>größer \U0001f600</p>"),
        ("", ""),
        (None, ""),
    ],
)
def test_markdown_becomes_html(text, html):
    assert html in markdown(text)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='/jobs/'></iframe>",
    "<form action='/logout/'><button>x</button></form>",
    "<a href='x' onclick='alert(1)' style='position:fixed'>x</a>",
    "<style>*{display:none}</style>",
    "<!--><img src=x onerror=alert(1)>-->",
    "![picture](https://evil.example/x.png)",
    '![<img src=x onerror="alert(1)">](x)',
    "![a](data:image/svg+xml;base64,PHN2Zy8+)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    '[x](/ "onmouseover=alert(1)")',
    '[x](/" onmouseover="alert(1))',
    "[x][1]\n\n[1]: javascript:alert(1)",
    "```<script>\nalert(1)\n```",
    "| <script>alert(1)</script> |\n|---|\n| x |",
    "\ud800\0<b>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_it_acts_on_the_page(text):
    html = markdown(text).lower()
    tags = {part.split(">")[0].split()[0] for part in html.split("<")[1:] if not part.startswith("/")}
    assert tags <= {"p", "a", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"}
    for tag in (part.split(">")[0] for part in html.split("<")[1:]):
        assert "onmouseover" not in tag.replace('title="onmouseover=alert(1)"', "").replace("%22%20onmouseover", "")
        for scheme in ("javascript:", "data:", "vbscript:", "file:"):
            assert scheme not in tag
    html.encode()


def test_a_picture_is_told_by_its_words():
    assert markdown("![The rack](https://evil.example/x.png)") == "<p>The rack</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        *("[" * LONGEST, "![](" * 5000, "![[" * 6600, "*_" * 10_000, "> " * 10_000, "<a " * 6600, "&" * LONGEST),
        "a|" * 80 + "\n" + "-|" * 80 + "\n" + "x\n" * 9000,
        "|a" * 3000 + "\n" + "|-" * 3000 + "\n" + "|b\n" * 2000,
        "word " * 1_000_000,
    ],
    ids=lambda text: text[:4],
)
def test_no_text_makes_a_page_huge(text):
    assert len(markdown(text)) < 10 * LONGEST


def test_what_is_too_long_ends_visibly():
    assert markdown("x" * (LONGEST + 1)) == f"<p>{'x' * LONGEST}…</p>\n"
    assert "…" not in markdown("x" * LONGEST)
