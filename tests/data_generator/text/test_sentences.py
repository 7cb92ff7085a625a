from __future__ import annotations

from pathlib import Path

import pytest

from data_generator.text.sentences import HERE, Closings, Reactions, Support, read_sentences
from domain.values import Value


@pytest.mark.parametrize(
    ("name", "model", "right", "wrong", "complaint"),
    [
        ("support", Support, "My {plan} bill is", "My {tariff} bill is", "topics.0.negative.1"),
        ("support", Support, 'category = "Sales"', 'category = "Sale"', "topics.*category"),
        ("support", Support, "Pending = ", "Waiting = ", "'Pending', 'Waiting'"),
        ("support", Support, "asked about {subject}", "asked", "summaries.openings.0"),
        ("closings", Closings, "[segments.S3]", "[segments.S9]", "'S3', 'S9'"),
        ("closings", Closings, "Not cool at all.", " Not cool.", "segments.S7.negative.1"),
        ("closings", Closings, '"Please fix this.", ', "", "common.negative"),
        ("reactions", Reactions, "[outage]", "[outrage]", "outage"),
        ("reactions", Reactions, "neutral = [", "neural = [", "price.neutral"),
        ("reactions", Reactions, "negative = [", "negative = ", "Invalid value"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_name(
    tmp_path: Path, name: str, model: type[Value], right: str, wrong: str, complaint: str
) -> None:
    text = (HERE / f"{name}.toml").read_text("utf-8")
    copy = tmp_path / f"{name}.toml"
    copy.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(ValueError, match=rf"(?s){name}\.toml: .*{complaint}"):
        read_sentences(copy, model)
