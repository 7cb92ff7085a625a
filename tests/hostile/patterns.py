"""Every regular expression of the product, and texts made from each to make it work hardest.

A text is a beginning that brings the matcher to a repetition, something repeated that keeps it
there, and an end that lets it down, so that it tries every other way. All three come out of the
expression itself: the characters of its classes, its literals, its alternatives, what it takes up
to each point.
"""

from __future__ import annotations

import json
import re
import re._constants as op  # type: ignore[import-not-found]  # the parser is not for the public
import re._parser as parser  # type: ignore[import-not-found]
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice, permutations
from math import inf
from operator import itemgetter
from typing import Any, AnyStr, NoReturn

from tests.hostile.pattern_sources import met_whole

Tree = Any  # what the standard library's parser makes of an expression, and its parts: no types

REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
OF_CATEGORY = {
    op.CATEGORY_WORD: "a0_", op.CATEGORY_NOT_WORD: "! \n", op.CATEGORY_SPACE: " \n\t",
    op.CATEGORY_NOT_SPACE: "a!", op.CATEGORY_DIGIT: "0", op.CATEGORY_NOT_DIGIT: "a ",
}  # fmt: skip
MANY = 8  # times that count as many
COMMON = " \na0.,!-'\"$:/"
ENDS = ("\0", "x!\n")
SCREENED = 1_000  # characters: what takes time by the square takes 4 ms of it, what does not 0.05
LONGEST = 96_000  # where what takes time by the square takes half a minute
SUSPECT_SECONDS = 0.002
SQUARE = 3.0  # times the CPU for twice the length, where 2 is linear and 4 the square
PATIENCE_SECONDS = 1.0
MEASURABLE_SECONDS = 0.02  # clocks of the processor are coarse where machines are shared
HARDEST = 2  # texts of each pattern that are measured though they are no suspects
RECORD = """
import importlib, json, pkgutil, re, sys
made, compile = {}, re.compile
def recording(pattern, flags=0):
    found = compile(pattern, flags)
    frame = sys._getframe(1)
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] not in PACKAGES:
        frame = frame.f_back if frame.f_code.co_filename.endswith("functools.py") else None
    if frame:
        text = found.pattern if isinstance(found.pattern, str) else found.pattern.decode("latin-1")
        where = f"{frame.f_globals['__name__']}:{frame.f_lineno}"
        made[text, found.flags & ~re.UNICODE, isinstance(found.pattern, bytes)] = where
    return found
PACKAGES = {"api", "domain", "adapters", "data_generator"}
re.compile = recording
for package in PACKAGES:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
from domain.lever_parsing.names import carrier_names
from data_generator.carrier import reference_carrier
for text in ("in small letters", "With Capitals"):
    carrier_names(reference_carrier(), text)
from domain.lever_parsing.unknown_plans import _pattern
_pattern(("Basic", "No", "Mobile Smart (2024)", "a+", "a" * 500))
from api.app import create_app
from api.settings import Settings
def paths(routes):
    for route in routes:
        if getattr(route, "path_regex", None):
            yield route.path_regex
for found in paths(create_app(Settings(spcs=True)).routes):
    made[found.pattern, found.flags & ~re.UNICODE, False] = f"path {found.pattern}"
json.dump([[where, *key] for key, where in made.items()], sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A regular expression, the line that made it, and whether it is only held to whole texts."""

    where: str
    text: str
    flags: int = 0
    of_bytes: bool = False
    whole: bool = False

    def use(self, text: str) -> None:
        """Find all there is in a text, and see whether the whole fits."""
        if self.of_bytes:
            _use(self._compiled_for_bytes(), text.encode("latin-1", "replace"), whole=self.whole)
        else:
            _use(re.compile(self.text, self.flags), text, whole=self.whole)

    def _compiled_for_bytes(self) -> re.Pattern[bytes]:
        return re.compile(self.text.encode("latin-1"), self.flags)


def _use(pattern: re.Pattern[AnyStr], text: AnyStr, *, whole: bool) -> None:
    pattern.fullmatch(text)
    if not whole:
        for _ in pattern.finditer(text):
            pass


def all_patterns() -> list[Made]:
    """What the product compiles as it is imported, for a carrier's names and for its paths."""
    told = subprocess.run([sys.executable, "-c", RECORD], capture_output=True, check=True).stdout
    whole = met_whole()
    return [
        Made(where, text, flags, of_bytes, whole=where in whole)
        for where, text, flags, of_bytes in json.loads(told)
    ]


@dataclass(frozen=True, slots=True)
class Hard:
    """A text of any length, hard on a pattern."""

    begins: str
    again: str
    ends: str

    def text(self, characters: int) -> str:
        """About so many characters."""
        return self.begins + self.again * (characters // len(self.again)) + self.ends


class TooLong(Exception):
    """A text took more CPU than anybody waits for."""

    def __init__(self, hard: Hard) -> None:
        super().__init__(hard)
        self.hard = hard


def growth(made: Made) -> tuple[float, Hard]:
    """How many times the CPU its hardest text takes at twice the length; 1 when hardly any.

    The first text found to grow by the square is as good as the hardest.
    """
    screened: list[tuple[float, Hard]] = []
    try:
        for hard in hard_texts(made):
            screened.append((_seconds(made, SCREENED, hard), hard))
            if screened[-1][0] > SUSPECT_SECONDS and (grown := _growth(made, hard)) > SQUARE:
                return grown, hard
    except TooLong as found:
        return inf, found.hard
    hardest = nlargest(HARDEST, screened, key=itemgetter(0))
    return max(((_growth(made, hard), hard) for _, hard in hardest), key=itemgetter(0))


def _growth(made: Made, hard: Hard) -> float:
    characters = SCREENED
    while _seconds(made, characters, hard) < MEASURABLE_SECONDS:
        if characters >= LONGEST:
            return 1.0
        characters *= 2 if characters < 4_000 else 4
    return min(_ratio(made, characters, hard) for _ in range(2))


def _ratio(made: Made, characters: int, hard: Hard) -> float:
    once = min(_seconds(made, characters, hard) for _ in range(2))
    twice = min(_seconds(made, 2 * characters, hard) for _ in range(2))
    return twice / max(once, MEASURABLE_SECONDS / 2)  # of a clock that has been seen to stand still


def _seconds(made: Made, characters: int, hard: Hard) -> float:
    """CPU seconds to find all there is in a text, and to see whether the whole fits.

    Raises TooLong: an expression in which ways double would never come to an end.
    """
    text = hard.text(characters)
    with _given_up(hard):
        began = time.process_time()
        made.use(text)
        return time.process_time() - began


@contextmanager
def _given_up(hard: Hard) -> Iterator[None]:
    def give_up(*_: object) -> NoReturn:
        raise TooLong(hard)

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def hard_texts(made: Made) -> list[Hard]:
    """Texts made from a pattern to be hard on it."""
    tree = parser.parse(made.text, made.flags)
    repeated = list(_bodies(tree))
    letters = _first(
        16, [*(c for body in repeated for c in _letters(body)), *_letters(tree), *COMMON]
    )
    paths = _first(12, ["", *_paths(tree, before_repeats=True), *_paths(tree)])
    bodies = _first(16, [each for body in repeated for each in _samples(body)])
    pairs = _first(12, map("".join, permutations(letters[:5], 2)))
    again = _first(50, filter(None, [*letters, *bodies, *paths, *pairs]))
    return [Hard(path, each, end) for path in paths for each in again for end in ENDS]


def _first(most: int, found: Iterable[str]) -> list[str]:
    return list(islice(dict.fromkeys(found), most))


def _letters(tree: Tree) -> Iterator[str]:
    """Characters that the classes and literals of a pattern take."""
    for kind, value in tree:
        if kind in {op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.CATEGORY, op.RANGE}:
            yield from _taken(kind, value)
        for inner in _inner(kind, value):
            yield from _letters(inner)


def _inner(kind: Tree, value: Tree) -> list[Tree]:
    """The patterns within a part of a pattern."""
    if kind in REPEATS:
        return [value[2]]
    if kind is op.SUBPATTERN:
        return [value[3]]
    if kind is op.BRANCH:
        return list(value[1])
    if kind is op.ATOMIC_GROUP:
        return [value]
    if kind in {op.ASSERT, op.ASSERT_NOT}:
        return [value[1]]
    return []


def _taken(kind: Tree, value: Tree) -> str:
    """Some of the characters that a part for one character takes."""
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.CATEGORY:
        return OF_CATEGORY.get(value, "a")
    if kind is op.RANGE:
        return chr(value[0]) + chr(value[1])
    if kind is op.IN and value[0] != (op.NEGATE, None):
        return "".join(c for part in value for c in _taken(*part)[:2])
    refused = _refused(kind, value)
    return "".join(c for c in COMMON if c not in refused)[:4]


def _refused(kind: Tree, value: Tree) -> set[str]:
    if kind is op.NOT_LITERAL:
        return {chr(value)}
    return {c for part in value[1:] for c in _taken(*part)} if kind is op.IN else {"\n"}


def _bodies(tree: Tree) -> Iterator[Tree]:
    """What is repeated in a pattern."""
    for kind, value in tree:
        if kind in REPEATS and value[1] > 1:
            yield value[2]
        for inner in _inner(kind, value):
            yield from _bodies(inner)


def _samples(tree: Tree) -> list[str]:
    """Texts that a pattern takes, one by each of its alternatives."""
    found = [""]
    for kind, value in tree:
        if kind is op.BRANCH:
            ways = [text for branch in value[1] for text in _samples(branch)[:3]]
        elif kind in REPEATS:
            once = _samples(value[2])[:4]
            ways = [text * max(1, value[0]) for text in once]
        elif kind in {op.ASSERT, op.ASSERT_NOT, op.AT}:
            ways = [""]
        elif inner := _inner(kind, value):
            ways = _samples(inner[0])
        else:
            ways = [_taken(kind, value)[:1]]
        found = [begun + way for begun in found[:4] for way in ways][:24]
    return found


def _paths(tree: Tree, begun: str = "", *, before_repeats: bool = False) -> Iterator[str]:
    """Texts that lead a matcher to each point of a pattern, or to its repetitions only."""
    for kind, value in tree:
        if not before_repeats or (kind in REPEATS and value[1] > MANY):
            yield begun
        for inner in _inner(kind, value):
            yield from _paths(inner, begun, before_repeats=before_repeats)
        if kind not in {op.ASSERT, op.ASSERT_NOT, op.AT}:
            begun += next(iter(_samples([(kind, value)])), "")
    if not before_repeats:
        yield begun
