from __future__ import annotations

import json
from pathlib import Path

import pytest

from data_generator.__main__ import main


def test_the_command_writes_a_market_and_says_how_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--customers", "200", "--seed", "5", "--format", "csv", "--out", str(tmp_path)]
    assert main([*arguments, "--as-of", "2025-09-30", "--workers", "1"]) == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["customers"], manifest["seed"], manifest["format"]) == (200, 5, "csv")
    assert manifest["as_of"] == "2025-09-30"
    shown = capsys.readouterr()
    assert shown.out.endswith(f"rows in 9 files below {tmp_path}\n")
    assert shown.err == ""


def test_what_cannot_be_generated_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--customers", "-3", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: customers")


def test_a_small_market_is_audited_unless_told_not_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--customers", "200", "--out", str(tmp_path), "--workers", "1"]
    assert main(arguments) == 0
    assert "ZIP codes are real" in capsys.readouterr().out
    assert main([*arguments, "--no-audit"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_a_market_that_breaks_a_rule_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_generator.customers.billing.AUTOPAY_DISCOUNT_CENTS", 3_000)
    assert main(["--customers", "5000", "--out", str(tmp_path), "--workers", "1"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("ARPUs")]
    assert "S5" in line


@pytest.mark.parametrize("wrong", [["--as-of", "soon"], ["--format", "xlsx"], []])
def test_unknown_arguments_show_the_usage(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(wrong)
    assert stopped.value.code == 2
    assert "usage: data_generator" in capsys.readouterr().err
