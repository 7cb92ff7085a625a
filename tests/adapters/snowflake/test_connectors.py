from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.long import in_the_long_run

ROOT = Path(__file__).parents[3]
EARLIER = ROOT / ".venv-connector4"
SAYS = "import snowflake.connector as c; print(c.__version__.split('.')[0])"


@in_the_long_run
def test_what_works_with_the_connector_at_hand_works_with_the_one_before() -> None:
    if not EARLIER.is_dir():
        pytest.skip("connector 4 is not installed: run `make test`")
    run = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    suites = [
        "tests/adapters/snowflake/test_sessions.py",
        "tests/adapters/warehouse/live/test_snowflake.py::test_every_row_and_value_arrives",
    ]
    earlier = os.environ | {"PYTHONPATH": str(EARLIER)}
    for name in [name for name in earlier if name.startswith("PYTEST_")]:
        del earlier[name]

    versions = {
        subprocess.check_output([sys.executable, "-c", SAYS], env=env, text=True).strip()
        for env in (dict(os.environ), earlier)
    }
    ran = subprocess.run(
        [*run, *suites], cwd=ROOT, env=earlier, capture_output=True, text=True, check=False
    )

    assert versions == {"4", "5"}
    assert ran.returncode == 0, ran.stdout[-3000:]
