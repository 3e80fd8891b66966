"""Texts that people, their tools and their enemies put into fields."""

from __future__ import annotations

LONG = 70_000
CONTROLS = [f"a{chr(code)}b" for code in (*range(0x00, 0x20), 0x7F, 0x85, 0x9B)]
MARKS = [
    f"a{mark}b"
    for mark in (
        "\u200e",
        "\u200f",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\u061c",
        "\ufeff",
        "\u2028",
        "\u2029",
        "\u00ad",
    )
]
SURROGATES = ["\ud800", "a\udfffb", "\udc00\ud800", '"\\ud800"', '{"a": "\\udfff"}']
SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title></select><script>alert(1)</script>",
    "javascript:alert(1)",
    "<!--<script>",
    "]]><x>",
    "&lt;script&gt;&#0;&amp",
    '" autofocus onfocus=alert(1) x="',
]
QUERIES = ["'; DROP TABLE run; --", "1 OR 1=1", "\\'; SELECT pg_sleep(9)", "%' LIKE '%", "a\\", "{$gt: ''}"]
PATHS = [
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\x",
    "file:///etc/passwd",
    "~root",
    "a/../b",
    "@/etc/passwd",
    "|id",
    "$(id)",
    "`id`",
]
NUMBERS = [
    *(
        "1e999999",
        "-1e999999",
        "NaN",
        "-nan",
        "sNaN",
        "Infinity",
        "-inf",
        "0x10",
        "1_000",
        "0b1",
        "٣",
        "１２",
        "Ⅷ",
        "²",
        "𝟙",
    ),
    *(
        "9" * 5000,
        "1" + "0" * 400,
        "." + "0" * 400 + "1",
        "--1",
        "+-1",
        "1,5",
        "1e-999999",
        "−1",
        "00",
        "-0",
        ".",
        "1e",
        "e1",
    ),
]
MOMENTS = ["0000-00-00", "9999-12-31T23:59", "2027-02-30T25:61", "2027-01-01T00:00+99:99", "٢٠٢٧-01-01", "-2027-01-01"]
ADDRESSES = [
    "1.2.3.4/-1",
    "::1%eth0",
    "::ffff:1.2.3.4/200",
    "1.2.3.4/٢٤",
    "0x7f.1",
    "010.0.0.1/8",
    "1.2.3.4/" + "9" * 500,
    "[::1]",
]
DOCUMENTS = [
    *("[" * 100_000, "[" * 60 + "]" * 60, '{"a":' * 1000 + "1" + "}" * 1000, '{"a": 1, "a": 2}', '{"__proto__": 1}'),
    *("[1e400]", '{"\\u0000": 1}', "{'a': 1}", "[NaN]", "nul", "\ufeff{}", '"' + "\\u00e9" * 100 + '"', "[1,]"),
]
TEMPLATES = ["{{ 7*7 }}", "{% raw %}", "${7*7}", "#{7*7}", "%s%n%d", "{0.__class__}", "%(x)s", "{{ config }}"]
WORDS = [
    "😀" * 50,
    "e\u0301",
    "Z" + "\u0300" * 200,
    "ﷺ",
    "a\r\nb",
    "\r\n\r\n",
    "x" * LONG,
    "é" * LONG,
    "true\0",
    "on off",
    "null",
]
TEXTS = [
    *CONTROLS, *MARKS, *SURROGATES, *SCRIPTS, *QUERIES, *PATHS,
    *NUMBERS, *MOMENTS, *ADDRESSES, *DOCUMENTS, *TEMPLATES, *WORDS,
]  # fmt: skip
"""At least 120; none is without a danger of its own."""
