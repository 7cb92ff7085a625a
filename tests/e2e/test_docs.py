"""Every shell block of every page works, copied as it is, for whoever did what the README says.

What needs an account, a container engine, or packages from the network is listed, and not run.
"""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_line import HANGS_AFTER_SECONDS
from tests.e2e.conftest import ReferenceMarket

ROOT = Path(__file__).parents[2]
FILES = [
    path.relative_to(ROOT).as_posix()
    for part in (
        "adapters",
        "api",
        "benchmarks",
        "data_generator",
        "deploy",
        "docs",
        "domain",
        "sql",
        "tests",
    )
    for path in (ROOT / part).rglob("*.*")
]
NAMED_FILE = re.compile(r"`([a-z0-9_/]+\.(?:py|sql))`")
PAGES = (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("*/README.md")))
ELSEWHERE = re.compile(
    r"^(make|docker|snow|python3 -m venv)\b|\$INGRESS_URL|=snowflake\b", re.MULTILINE
)
NOT_RUN = {
    "README.md": ["make run", "make test", "export CDT_WAREHOUSE=snowflake", "mkdir -p secrets"],
    "benchmarks/README.md": ["python3 -m venv .venv-peers"],
    "deploy/README.md": ["docker build", "snow stage copy", 'curl -s "https://$INGRESS_URL'],
}
LINKED = ("docs", "data_generator", "sql", "deploy", "adapters", ".venv")
NO_FOLDER = re.compile(r"(?:^|[\s(=])(?<![/\w])(twin|python|pip|pytest) ", re.MULTILINE)
TELCO = (
    "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,"
    "InternetService,OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,"
    "StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn\n"
)


@dataclass(frozen=True)
class Block:
    """The lines of a shell block, and where it is."""

    page: str
    text: str

    @property
    def here(self) -> bool:
        """Whether it can be run without an account, an engine or the network."""
        return ELSEWHERE.search(self.text) is None


def blocks() -> Iterator[Block]:
    for path in PAGES:
        for indent, text in re.findall(
            r"^( *)```sh\n(.*?)^ *```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            lines = re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
            yield Block(str(path.relative_to(ROOT)), lines)


ALL = list(blocks())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, reference_market: ReferenceMarket) -> Path:
    """What somebody has who ran `make run`: the repository, its environment and its data."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    (folder / ".data").mkdir()
    for shelf in ("raw", "analytics"):
        (folder / ".data" / shelf).symlink_to(reference_market.data_dir / shelf)
    (folder / "telco").mkdir()
    (folder / "telco" / "telco_customer_churn.csv").write_text(TELCO + "".join(telco_rows(600)))
    return folder


@pytest.fixture(scope="module")
def address(checkout: Path) -> Iterator[str]:
    """The service as `make run` leaves it, at a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [".venv/bin/twin", "serve", "--prepare", "--port", str(port)],
        env=environment(checkout),
        cwd=checkout,
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        assert service.stdout is not None
        for line in service.stdout:
            if "is at http" in line:
                break
        try:
            yield f"127.0.0.1:{port}"
        finally:
            service.terminate()
            assert service.wait(HANGS_AFTER_SECONDS) == 0


def environment(checkout: Path) -> dict[str, str]:
    """Of somebody with nothing of ours in it, and a home of their own."""
    return {"PATH": os.environ["PATH"], "HOME": str(checkout), "SHELL": "/bin/bash"}


@pytest.mark.parametrize("block", [b for b in ALL if b.here], ids=lambda b: b.text.split("\n")[0])
def test_a_shell_block_works_as_it_is(block: Block, checkout: Path, address: str) -> None:
    script = block.text.replace("127.0.0.1:8000", address)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS_AFTER_SECONDS,
    )

    assert done.returncode == 0, f"{block.page}: {done.stderr}"
    assert "urn:cdt:problem" not in done.stdout, f"{block.page}: {done.stdout}"
    assert "Traceback" not in done.stderr


def test_what_is_not_run_is_known() -> None:
    left_out = [block for block in ALL if not block.here]

    assert [(b.page, b.text.startswith(tuple(NOT_RUN[b.page]))) for b in left_out] == [
        (page, True) for page in dict.fromkeys(b.page for b in ALL) for _ in NOT_RUN.get(page, ())
    ]
    assert len(ALL) - len(left_out) >= 8


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_program_without_saying_where_it_is(page: Path) -> None:
    for block in ALL:
        sourced = "source .venv/bin/activate" in block.text or "docker" in block.text
        if block.page == str(page.relative_to(ROOT)) and not sourced:
            assert NO_FOLDER.findall(block.text) == []
    text = page.read_text(encoding="utf-8")
    assert "`python -m" not in text
    assert "`twin " not in text or ".venv/bin/" in text


def test_every_room_of_the_contracts_stands_in_the_architecture() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = {
        room
        for contract in project["tool"]["importlinter"]["contracts"]
        if "containers" in contract
        for layer in contract["layers"]
        for room in re.findall(r"\w+", layer)
    }

    assert len(rooms) > 40
    assert {room for room in rooms if f"`{room}`" not in page} == {"__main__"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    named = NAMED_FILE.findall(page.read_text(encoding="utf-8"))

    assert [
        name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in FILES)
    ] == []


def test_what_webhooks_need_is_known_to_what_is_started_next(checkout: Path) -> None:
    (block,) = (b for b in ALL if b.page == "docs/webhooks.md")
    program = "from api.settings import Settings as S; print(len(S().webhook_hosts))"
    script = f"{block.text}\n.venv/bin/python -c '{program}'"

    told = subprocess.run(
        ["bash", "-c", script],
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told == "3\n"


def telco_rows(count: int) -> Iterator[str]:
    """Customers made up in the form of IBM's sample."""
    chance = random.Random(7)  # noqa: S311 - made up
    contracts = ("Month-to-month", "One year", "Two year")
    payments = ("Electronic check", "Mailed check", "Credit card (automatic)")
    for number in range(count):
        months, bill = chance.randint(1, 72), chance.uniform(20, 110)
        lines = chance.choice(("Yes", "No"))
        net = chance.choice(("DSL", "Fiber optic"))
        watches = chance.choice(("Yes", "No"))
        yield (
            f"{number:04}-MADE,{chance.choice(('Female', 'Male'))},0,No,No,{months},Yes,{lines},"
            f"{net},No,No,{lines},No,{watches},{watches},{chance.choice(contracts)},Yes,"
            f"{chance.choice(payments)},{bill:.2f},{months * bill:.2f},No\n"
        )
