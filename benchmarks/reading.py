"""Reading: how many announcements are read right, and how many wrong ones are not flagged.

    python -m benchmarks.reading [FILE ...]

Files of one case a line, by default announcements.jsonl and rewordings.jsonl of ../shared/scenarios
(or of CDT_SHARED) and this repository's own texts. A case has `expected_levers` (the right levers),
or `relation` to a `base` (see those files' README), or `unread` (what no lever accounts for). A
reading is flagged when its status is `partial` or `nothing`. Judges nothing.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from rich.console import Console
from rich.table import Table

from data_generator.carrier import reference_carrier
from domain.lever_parsing import read_levers
from domain.levers import AnyLever
from domain.scenarios import LeverReading, UnreadSpan

HERE = Path(__file__).parent.parent
CARRIER = reference_carrier()
DIRECTIONS = {"tighter": 1, "looser": -1}

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """How one reading compares with the right one."""

    wanted: int
    found: int
    matched: int
    amounts: tuple[int, int]
    targets: tuple[int, int]
    right: bool
    flagged: bool


def main() -> None:
    """Print the scores of every file."""
    parser = argparse.ArgumentParser(description="How many announcements are read right.")
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files or default_files()
    console = Console(width=100)
    for file in files:
        cases = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
        table = Table("of " + file.name, "")
        for name, figure in _figures(cases):
            table.add_row(name, figure)
        console.print(table)


def default_files() -> list[Path]:
    """The files that are at hand."""
    shared = Path(os.environ.get("CDT_SHARED", HERE.parent / "shared")) / "scenarios"
    own = HERE / "tests" / "domain" / "lever_parsing" / "texts"
    return [*sorted(shared.glob("*.jsonl")), *sorted(own.glob("*.jsonl"))]


def score(case: Case, reading: LeverReading) -> Score:
    """Compare with the levers a person read; lever by lever, the best match first."""
    wanted = [dict(each) for each in case.get("expected_levers") or ()]
    left = list(reading.levers)
    pairs: list[tuple[dict[str, Any], AnyLever]] = []
    for each in wanted:
        kinds = {each["kind"], *each.get("also", ())}
        same = [lever for lever in left if lever.kind in kinds]
        if same:
            best = max(
                same, key=lambda lever: (_amount_right(each, lever), _target_right(each, lever))
            )
            left.remove(best)
            pairs.append((each, best))
    missed = sum(not each.get("optional") for each in wanted) - sum(
        not each.get("optional") for each, _ in pairs
    )
    amounts = [_amount_right(*pair) for pair in pairs if pair[0].get("amount")]
    targets = [_target_right(*pair) for pair in pairs if _names_target(pair[0])]
    details = [_details_right(*pair) for pair in pairs]
    return Score(
        wanted=missed + len(pairs),
        found=len(reading.levers),
        matched=len(pairs),
        amounts=(sum(amounts), sum(bool(w.get("amount")) for w in wanted)),
        targets=(sum(targets), sum(_names_target(w) for w in wanted)),
        right=not missed and not left and all(amounts) and all(targets) and all(details),
        flagged=reading.status != "read",
    )


def _names_target(wanted: Case) -> bool:
    return any(wanted.get(name) for name in ("who", "plans", "scope"))


def _amount_right(wanted: Case, lever: AnyLever) -> bool:
    """Of a kind that is only as good, the amounts that it has a field for count."""
    for name, (low, high) in (wanted.get("amount") or {}).items():
        value = getattr(lever, name, None)
        has_field = name in type(lever).model_fields
        if (has_field or lever.kind == wanted["kind"]) and (
            value is None or not low <= value <= high
        ):
            return False
    return True


def _target_right(wanted: Case, lever: AnyLever) -> bool:
    """Plans and scope as they are; `who` beyond those only where a lever has a field for it."""
    plans, scope = set(wanted.get("plans") or ()), wanted.get("scope", "all")
    if plans != set(getattr(lever, "plans", ())):
        return False
    if scope != getattr(lever, "scope", "all"):
        return False
    return not wanted.get("who") or bool(getattr(lever, "min_tenure_months", 0))


def _details_right(wanted: Case, lever: AnyLever) -> bool:
    fields = dict(wanted.get("fields") or {})
    fields |= {name: wanted[name] for name in ("per_line", "months") if name in wanted}
    if "one_off" in wanted:
        fields["recurring"] = not wanted["one_off"]
    return all(getattr(lever, n) == v for n, v in fields.items() if n in type(lever).model_fields)


def _figures(cases: Sequence[Case]) -> Iterable[tuple[str, str]]:
    began, readings = process_time(), [read_levers(case["text"], CARRIER) for case in cases]
    seconds = process_time() - began
    judged = [
        (c, r) for c, r in zip(cases, readings, strict=True) if c.get("expected_levers") is not None
    ]
    related = [(c, r) for c, r in zip(cases, readings, strict=True) if "relation" in c]
    own = [(c, r) for c, r in zip(cases, readings, strict=True) if "unread" in c]
    if judged:
        yield from _of_levers([score(case, reading) for case, reading in judged])
    if related:
        yield from _of_relations(related)
    if own:
        yield from _of_spans(own)
    characters = sum(len(case["text"]) for case in cases)
    yield "milliseconds per 1,000 characters", f"{1e6 * seconds / max(characters, 1):.1f}"


def _of_levers(scores: Sequence[Score]) -> Iterable[tuple[str, str]]:
    wanted, found, matched = (
        sum(getattr(s, n) for s in scores) for n in ("wanted", "found", "matched")
    )
    right, wrong = [s for s in scores if s.right], [s for s in scores if not s.right]
    yield "readings wholly right", _of(len(right), len(scores))
    yield "lever kinds, recall", _of(matched, wanted)
    yield "lever kinds, precision", _of(matched, found)
    yield "amounts right", _of(sum(s.amounts[0] for s in scores), sum(s.amounts[1] for s in scores))
    yield "targets right", _of(sum(s.targets[0] for s in scores), sum(s.targets[1] for s in scores))
    yield "wrong and flagged", _of(sum(s.flagged for s in wrong), len(wrong))
    yield "silent misreadings, of all", _of(sum(not s.flagged for s in wrong), len(scores))
    yield (
        "false alarms: right and flagged",
        _of(sum(s.flagged and s.found > 0 for s in right), len(right)),
    )


def _of_relations(cases: Sequence[tuple[Case, LeverReading]]) -> Iterable[tuple[str, str]]:
    held: dict[str, list[bool]] = defaultdict(list)
    silent: Counter[str] = Counter()
    for case, reading in cases:
        relation = case["relation"]
        levers = _bare(reading.levers)
        if relation.startswith("paraphrase"):
            holds = levers == _bare(read_levers(case["base"], CARRIER).levers) and bool(levers)
            name = "paraphrase"
        elif relation == "nothing":
            holds, name = not levers, "nothing"
        elif relation == "equal":
            holds, name = levers == _bare(read_levers(case["base"], CARRIER).levers), "equal"
        else:
            holds, name = False, "others, not judged by reading alone"
        held[name].append(holds)
        silent[name] += not holds and reading.status == "read"
    for name, holds in held.items():
        if name.startswith("others"):
            yield name, f"{len(holds)}, of them {silent[name]} not flagged"
        else:
            yield f"relation holds: {name}", f"{_of(sum(holds), len(holds))}, silent {silent[name]}"


def _bare(levers: Iterable[AnyLever]) -> tuple[str, ...]:
    """The levers without the words they were read from."""
    return tuple(lever.model_dump_json(exclude={"read_from"}) for lever in levers)


def _of_spans(cases: Sequence[tuple[Case, LeverReading]]) -> Iterable[tuple[str, str]]:
    found = sum(any(named(want, s) for s in r.unread) for c, r in cases for want in c["unread"])
    false = sum(not any(named(want, s) for want in c["unread"]) for c, r in cases for s in r.unread)
    status = sum(
        (c["status"], c.get("nothing_because")) == (r.status, r.nothing_because) for c, r in cases
    )
    silent = sum(c["status"] != "read" and r.status == "read" for c, r in cases)
    alarms = sum(c["status"] == "read" and r.status != "read" for c, r in cases)
    yield "status right", _of(status, len(cases))
    yield "unread spans found", _of(found, sum(len(c["unread"]) for c, _ in cases))
    yield "false spans", str(false)
    yield "texts to flag, not flagged", _of(silent, sum(c["status"] != "read" for c, _ in cases))
    yield "texts read whole, flagged", _of(alarms, sum(c["status"] == "read" for c, _ in cases))


def named(want: Sequence[str], span: UnreadSpan) -> bool:
    """Whether a span is the one that is wanted: words in it or around it, and its reason."""
    words, reason = want
    said, words = span.text.lower(), words.lower()
    return span.reason == reason and (words in said or said in words)


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"


if __name__ == "__main__":
    main()
