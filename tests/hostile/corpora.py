"""Corpora: texts and bodies that broke other programs, and a few dozen of our own.

Ours are always at hand; the others where the shared folder is (tests/shared.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.shared import SHARED

CORPORA = SHARED / "corpora"
LISTS = (
    "fuzzdb/attack/xss/*.txt",
    "fuzzdb/attack/sql-injection/**/*.txt",
    "fuzzdb/attack/no-sql-injection/*.txt",
    "fuzzdb/attack/path-traversal/*.txt",
    "fuzzdb/attack/format-strings/*.txt",
    "fuzzdb/attack/control-chars/*.txt",
    "fuzzdb/attack/integer-overflow/*.txt",
    "fuzzdb/attack/unicode/*.txt",
    "payloadsallthethings/*/Intruder/*",
)

OUR_TEXTS = (
    " ",
    "\t\n",
    "\u00a0\u2003",
    "null",
    "NaN",
    "-1",
    "1e309",
    "0x1F",
    "true",
    "[]",
    '{"$ne": null}',
    "S1' or '1'='1",
    "S1'; drop table simulation; --",
    "1 union select sql from sqlite_master --",
    "'); copy (select 1) to 'stolen.csv'; --",
    "'; install httpfs; load httpfs; --",
    "$$; call system$wait(9); $$",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt; &amp;amp; %3Cb%3E",
    "../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/etc/passwd%00.json",
    "file:///etc/passwd",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "{0.__class__.__init__.__globals__} %s%n%x {scenario}",
    "${jndi:ldap://127.0.0.1/a}",
    "$(touch owned) `touch owned` ; touch owned",
    "=cmd|'/c calc'!A1",
    "value\r\nX-Injected: yes",
    "caf\u00e9 cafe\u0301 \ufb01 \u0130\u0131\u00df\u017f",
    "\u202eright to left\u202c \u200b\u200d\ufeff\u2028\u2029",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0010fffd \ufffe\uffff\ufdd0",
    "\x01\x02\x07\x08\x0b\x0c\x1b[31m\x7f\x85\x9f",
    "Z\u0351\u036b\u0343a\u0331\u034elgo",
    "\u0661\u0662\u0663 \u2460 \u00b2 \uff11",
    "\\u0000 \\ud800 \\x00 \\",
    "\"quoted\" 'quoted' \u201cquoted\u201d ``",
    "a" * 5_000,
    "(" * 500 + "a+)+$",
    "$5 " * 1_000,
    "raise by $" + "9" * 400,
)
OUR_BODIES = (
    b"",
    b" ",
    b"null",
    b"0",
    b"[]",
    b"{}",
    b"{",
    b'{"a"}',
    b"{'a': 1}",
    b'{"text": "a", "text": "b"}',
    b'{"text": NaN}',
    b"[1e400, -1e400]",
    b"[" + b"7" * 5_000 + b"]",
    b'{"text": "\\ud800"}',
    b'{"text": "\\u0000"}',
    b'{"text": "\xff\xfe"}',
    b'\xef\xbb\xbf{"text": "a"}',
    b'{"__proto__": {"text": "a"}, "constructor": 1}',
    b"[" * 2_000 + b"]" * 2_000,
    b'{"text": "a"} {"text": "b"}',
    b"/* a */ {}",
    b"\x00",
    b"<a/>",
)


def texts() -> list[str]:
    """Every text once, ours first."""
    return list(dict.fromkeys([*OUR_TEXTS, *_naughty_strings(), *_lines()]))


def bodies() -> list[bytes]:
    """Ours, and those of JSONTestSuite where it is at hand."""
    suite = sorted(CORPORA.glob("jsontestsuite/test_parsing/*.json"))
    return [*OUR_BODIES, *(path.read_bytes() for path in suite)]


def _naughty_strings() -> Iterator[str]:
    path = CORPORA / "blns/blns.json"
    if path.is_file():
        yield from json.loads(path.read_text(encoding="utf-8"))


def _lines() -> Iterator[str]:
    for pattern in LISTS:
        for path in sorted(CORPORA.glob(pattern)):
            for line in path.read_bytes().splitlines():
                if line:
                    yield line.decode("utf-8", "replace")
