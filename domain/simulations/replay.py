"""Compare replay: whether a simulation that repeats another came to the same, call by call."""

from __future__ import annotations

from collections.abc import Sequence

from domain.reactions import Reaction
from domain.simulations.simulation import CallRecord, Replay


def compare_replay(of: str, earlier: Sequence[CallRecord], later: Sequence[CallRecord]) -> Replay:
    """What the calls of `later` came to against those of simulation `of`, both by index.

    Reactions are the same when their bytes are, but for what having them took: a model's reply
    kept from the first time costs nothing the second. How far the text was read is no answer of a
    persona, and reactions stored before it was told have none. Failures are the same when their
    codes are.
    """
    pairs = zip(earlier, later, strict=True)
    differing = sum(_came_to(before) != _came_to(after) for before, after in pairs)
    return Replay(of=of, identical=not differing, differing=differing)


def _came_to(record: CallRecord) -> tuple[str | None, str | None]:
    reaction = _answer(record.reaction).model_dump_json() if record.reaction else None
    return reaction, record.failure.code if record.failure else None


def _answer(reaction: Reaction) -> Reaction:
    free = reaction.provenance.with_(
        attempts=1, input_tokens=0, output_tokens=0, tokens_estimated=False, cached=False
    )
    return reaction.with_(provenance=free, reading=None)
