"""Nobody asks of what class an engine, a model or a way to find evidence is: it may be wrapped."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [file for folder in ("api", "domain", "adapters") for file in (ROOT / folder).rglob("*.py")]
IMPLEMENTERS = {
    "ChoiceReactions", "GroundedReactions", "ModelReactions", "MeteredReactions",
    "Cached", "Uncached", "Redacted", "Retries", "Pacing", "Circuit", "Billed", "MeteredChat",
    "Cortex", "CortexSql", "OpenAICompatible", "ByWords", "ByMeaning",
    "ReactionModel", "ChatModel", "KeepingChat", "Retriever",
}  # fmt: skip


def test_nobody_asks_of_what_class_a_part_is_that_may_be_wrapped() -> None:
    asked = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in CODE
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("isinstance", "issubclass")
        and IMPLEMENTERS & {n.id for n in ast.walk(call.args[1]) if isinstance(n, ast.Name)}
    ]
    assert len(CODE) > 100
    assert asked == []
