"""Bodies whose fate the OpenAPI document and the service must see alike: (model, body, it fits)."""

from __future__ import annotations

from typing import Any

TEXT = "Prices rise."
RISE = {"kind": "price_change", "amount_dollars": 5}


def _asked(**fields: object) -> dict[str, Any]:
    return {"scenario": TEXT, **fields}


def _with_lever(**fields: object) -> dict[str, Any]:
    return {"scenario": {"text": TEXT, "levers": [fields]}}


BODIES: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("AskBody", _asked(), True),
    ("AskBody", {"scenario": None, "question": "Why?"}, True),
    ("AskBody", _asked(question="Why?"), False),
    ("AskBody", {"question": None}, False),
    ("AskBody", {"question": "\u3000\x1f"}, False),
    ("AskBody", {"question": "\ufeff"}, True),
    ("AskBody", _asked(levers=[RISE]), True),
    ("AskBody", {"question": "Why?", "levers": [RISE]}, False),
    ("AskBody", {"question": "Why?", "levers": None}, True),
    ("AskBody", {**_with_lever(**RISE), "levers": [RISE]}, False),
    ("AskBody", _with_lever(amount_dollars=5), False),
    ("AskBody", _with_lever(**RISE, percent=None), True),
    ("AskBody", _with_lever(**RISE, percent=5), False),
    ("AskBody", _with_lever(kind="price_change"), False),
    ("AskBody", _with_lever(kind="network_change"), False),
    ("AskBody", _with_lever(kind="network_change", outage_hours=0.0), False),
    ("AskBody", _with_lever(kind="network_change", coverage_points=-2), True),
    ("AskBody", _with_lever(kind="contract_change", months=24.0), True),
    ("AskBody", _with_lever(kind="contract_change", months=24.5), False),
    ("AskBody", _asked(seed=42.0), True),
    ("AskBody", _asked(seed="42"), False),
    ("AskBody", _asked(conversation_id="a\n"), False),
    ("LeversBody", {"text": " \t\x85\x1c "}, False),
    ("LeversBody", {"text": "\n\u200b\n"}, True),
    ("RenderBody", {"parameters": {"amount": 5, "plans": "all plans"}}, True),
    ("RenderBody", {"parameters": {"amount": True}}, False),
    ("RenderBody", {"parameters": {"amount": 1e13}}, False),
    ("RetryBody", {"budget": {}}, False),
    ("RetryBody", {"budget": {"max_calls": None}}, False),
    ("RetryBody", {"budget": {"max_calls": 10.0}}, True),
    ("RetryBody", {"budget": {"max_tokens": 2**53}}, False),
    ("SimulationBody", {"scenarios": [TEXT], "scenario": None}, True),
    ("SimulationBody", {"scenarios": [TEXT], "scenario": TEXT}, False),
    ("SimulationBody", {}, False),
    ("SimulationBody", _asked(labels={"año": "Ñandú 1"}), True),
    ("SimulationBody", _asked(labels={"\u0645\u06cc\u200c\u0634\u0648\u062f": "한국어"}), True),
    ("SimulationBody", _asked(labels={"a?": "b"}), False),
    ("SimulationBody", _asked(labels={"a": "b?"}), False),
    ("SimulationBody", _asked(labels={"a": "b\n"}), False),
    ("SimulationBody", _asked(labels={"": "b"}), False),
    ("SimulationBody", _asked(labels={"a": "\u202eb"}), False),
)
