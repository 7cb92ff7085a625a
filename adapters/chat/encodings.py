"""Encodings: finds a secret in a text, however it is encoded, escaped or spelled out.

A secret is turned into all its forms once; a text is only unescaped and searched, in time linear in
its length. Forms and text are compared by their ASCII letters and digits in lower case, so that
punctuation, spaces, line breaks, accents and case make no difference.
"""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

MIN_CHARACTERS = 8  # characters: shorter ones are words that anybody may say
WINDOW = 16  # characters: as many in a row of a secret give it away
STRIDE = 8  # every so many a window begins, so that 23 in a row are always found
MIN_SPELLED = 8  # single characters in a row that are spelling and not speech

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_ENTITY = re.compile(r"&#?[0-9A-Za-z]{1,12};?")  # html.unescape fails on 5,000 digits
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_GAPS = re.compile(r"[\s^]+")
# Letters that look like another one, and the invisible tags that stand for ASCII.
_ALIKE = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0455\u0458\u0501\u0261\u03bf\u03b1\u03bd",
    "aceopxyisjdgoav",
) | {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}


@dataclass(frozen=True, slots=True)
class SecretPatterns:
    """What to search a text for, to find one secret.

    Each key of `windows` is WINDOW plain characters of a form, its value the piece around them that
    must be there. `whole` has to be there as it is, but for case.
    """

    windows: dict[str, str]
    whole: frozenset[str]


class SearchableText:
    """A text in the views in which a secret may appear."""

    def __init__(self, text: str) -> None:
        unescaped = _unescaped(text)
        views = (text, unescaped, _json_leaves(unescaped))
        self.plain = tuple(dict.fromkeys(map(plain, views)))
        self._folded = tuple({_folded(view) for view in (*views, _spelled_out(unescaped))})
        self._pieces = {
            view[i : i + WINDOW] for view in self.plain for i in range(len(view) - WINDOW + 1)
        }

    def contains(self, patterns: SecretPatterns) -> bool:
        """Whether the secret of these patterns is in it."""
        seen = patterns.windows.keys() & self._pieces
        return any(patterns.windows[piece] in view for piece in seen for view in self.plain) or any(
            form in view for form in patterns.whole for view in self._folded
        )


@lru_cache(maxsize=256)
def patterns_of(secret: str) -> SecretPatterns:
    """The patterns of a secret, none where it is too short or too much like speech to look for.

    Of letters and digits mixed, WINDOW in a row give it away. One that has fewer, or that may be
    words, must be there as a whole; of the latter those are looked for that no word is as long as.
    """
    words = all(part.isalpha() for part in secret.split())
    if len(secret) < (WINDOW if words else MIN_CHARACTERS):
        return SecretPatterns({}, frozenset())
    if words or len(plain(secret)) < WINDOW:
        forms = (_folded(form) for form, _ in (*_plain_forms(secret), *_encoded(secret)))
        return SecretPatterns({}, frozenset(form for form in forms if len(form) >= MIN_CHARACTERS))
    windows: dict[str, str] = {}
    for form, per_character in _all_forms(secret):
        windows |= _windows(plain(form), round(WINDOW * per_character))
    return SecretPatterns(windows, frozenset())


def plain(text: str) -> str:
    """The letters and digits of a text, those of ASCII they stand for, in lower case."""
    return _NOT_PLAIN.sub("", _folded(text))


def _folded(text: str) -> str:
    """The text in lower case without accents and what nobody sees."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_ALIKE))
    return apart.encode("ascii", "ignore").decode().lower()


def _windows(form: str, length: int) -> Iterator[tuple[str, str]]:
    last = len(form) - WINDOW
    for start in {*range(0, last + 1, STRIDE), last} if last >= 0 else ():
        begin = max(0, min(start, len(form) - length))
        yield form[start : start + WINDOW], form[begin : begin + length]


def _unescaped(text: str) -> str:
    """The text with the escapes of JSON and Python, of HTML and of URLs undone, also twice."""
    read = _ENTITY.sub(
        lambda entity: html.unescape(entity[0]), _ESCAPE.sub(_escaped_character, text)
    )
    return unquote(unquote(read))


def _escaped_character(escape: re.Match[str]) -> str:
    return chr(int(escape[1] or escape[2], 16))


def _json_leaves(text: str) -> str:
    """All that a JSON text says, one after the other, numbers too; nothing of another text."""
    try:
        return "".join(_leaves(json.loads(text[text.find("{") : text.rfind("}") + 1])))
    except (ValueError, RecursionError):
        return ""


def _leaves(value: object) -> Iterator[str]:
    left = [value]
    while left:
        match left.pop():
            case dict() as fields:
                left.extend(reversed(fields.values()))
            case list() as items:
                left.extend(reversed(items))
            case leaf:
                yield str(leaf)


def _spelled_out(text: str) -> str:
    """The characters that stand alone, many in a row, put together."""
    runs = [""]
    for token in _GAPS.split(text):
        if len(token) == 1:
            runs[-1] += token
        elif runs[-1]:
            runs.append("")
    return " ".join(run for run in runs if len(run) >= MIN_SPELLED)


Form = tuple[str, float]  # and how many of its characters one of the secret takes, at least


def _all_forms(secret: str) -> Iterator[Form]:
    yield from _plain_forms(secret)
    yield from ((_shifted(secret, by), 1) for by in range(1, 26))
    yield _atbash(secret), 1
    yield _rot47(secret), 1
    for text in (secret, secret[::-1]):
        yield from _encoded(text)
        yield from _as_numbers(text.encode())
    yield from ((form[::-1], length) for form, length in _encoded(secret))
    yield from _encoded(base64.b64encode(secret.encode()).decode())


def _plain_forms(secret: str) -> Iterator[Form]:
    yield secret, 1
    yield secret[::-1], 1


def _encoded(text: str) -> Iterator[Form]:
    """Encodings of bytes, wherever in a longer text they begin."""
    raw = text.encode()
    yield raw.hex(), 2
    yield from _aligned(base64.b64encode, raw, 3, 4)
    yield from _aligned(base64.b64encode, text.encode("utf-16-le"), 3, 4)
    yield from _aligned(base64.b32encode, raw, 5, 8)
    yield from _aligned(base64.b85encode, raw, 4, 5)
    yield from _aligned(base64.a85encode, raw, 4, 5)


def _aligned(
    encode: Callable[[bytes], bytes], raw: bytes, bytes_in: int, characters_out: int
) -> Iterator[Form]:
    """The whole groups of characters that `raw` decides, for each place it may begin at."""
    for before in range(bytes_in):
        code = encode(b"\1" * before + raw).decode()
        groups = (before + len(raw)) // bytes_in
        yield code[characters_out if before else 0 : groups * characters_out], 1


def _as_numbers(raw: bytes) -> Iterator[Form]:
    yield "".join(f"x{byte:02x}" for byte in raw), 3
    yield "".join(f"0x{byte:02x}" for byte in raw), 4
    yield "".join(str(byte) for byte in raw), 2
    yield "".join(f"{byte:03o}" for byte in raw), 3
    yield "".join(f"{byte:08b}" for byte in raw), 8


def _shifted(text: str, by: int) -> str:
    small, large = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    moved = "".join(letters[by:] + letters[:by] for letters in (small, large))
    return text.translate(str.maketrans(small + large, moved))


def _atbash(text: str) -> str:
    small = "abcdefghijklmnopqrstuvwxyz"
    return text.lower().translate(str.maketrans(small, small[::-1]))


def _rot47(text: str) -> str:
    return "".join(chr((ord(c) + 14) % 94 + 33) if "!" <= c <= "~" else c for c in text)
