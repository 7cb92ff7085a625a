"""Programs of others that read the OpenAPI document and hold the service to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from domain.callers import Scope
from domain.keys import make_key, write_line
from tests.e2e.conftest import ReferenceMarket
from tests.hostile.bodies_in_doubt import BODIES
from tests.hostile.process import PATIENCE_SECONDS, Served, serving
from tests.long import LONG, in_the_long_run

HOSTILE = Path(__file__).parents[1] / "hostile"
SEEDS = (42, 1, 2, 3) if LONG else (42,)
EXAMPLES = 400 if LONG else 15  # of each operation, at random
FEWEST_CASES = 9_000 if LONG else 3_000
LONGEST_RUN_SECONDS = 3_600 if LONG else 900
GENERATED = re.compile(r"([\d,]+) generated, ([\d,]+) passed")
MOST_LINES, LONGEST_LINE = 300, 500

# What follows from the document, and what is drawn at random. Each is a process of one worker, for
# two threads at once trip over each other in the parser of Python 3.11 ("AST constructor recursion
# depth mismatch"). The examples teach both which ids there are.
PHASES = ("examples,coverage", "examples,fuzzing,stateful")
OPTIONS = ["--checks", "all", "--workers", "1", "--no-color", "--generation-database", "none"]

HOLD_AGAINST_DOCUMENT = """
import json, sys
from jsonschema_rs import Draft202012Validator as Validator

document, bodies = json.load(open(sys.argv[1]))
schemas = {"components": document["components"]}
told = {m: Validator({"$ref": f"#/components/schemas/{m}", **schemas}) for m, _ in bodies}
print(json.dumps([told[model].is_valid(body) for model, body in bodies]))
"""

# Clients as their users would write them: who is there, ask one, in two ways, ask all, wait for the
# end, ask all and wait with it, list, export. What they print is the same, too.
SMOKE = """
import sys, time
from twin_client import AuthenticatedClient
from twin_client.api.personas import ask_persona, list_personas
from twin_client.api.simulations import (
    export_simulation, get_simulation, list_simulations, start_simulation,
)
from twin_client.models import (
    AskBody, ExportSimulationFormat, Panel, PriceChange, Scenario, SimulationBody,
)

client = AuthenticatedClient(
    base_url=sys.argv[1], token=sys.argv[2], raise_on_unexpected_status=True
)
text = "We are raising prices by $5 a month."
personas = list_personas.sync(client=client).items
asked = [
    ask_persona.sync(personas[0].persona_id, client=client, body=body).action_probabilities
    for body in (
        AskBody(scenario=text),
        AskBody(scenario=Scenario(text=text)),
        AskBody.from_dict({"scenario": text}),
    )
]
started = start_simulation.sync(client=client, body=SimulationBody(scenario=text))
while not (now := get_simulation.sync(started.id, client=client)).done:
    time.sleep(0.2)
lever = PriceChange(kind="price_change", amount_dollars=5)
both = [text, Scenario(text=text, levers=[lever])]
body = SimulationBody(scenarios=both, panel=Panel(segments=["S1"]))
second = start_simulation.sync(client=client, body=body, wait=60)
listed = list_simulations.sync(client=client).items
csv = ExportSimulationFormat("csv")
file = export_simulation.sync_detailed(started.id, client=client, format_=csv).parsed
print(
    len(personas), all(each == asked[0] for each in asked), now.state, now.counts.done,
    second.counts.done, any(each.id == now.id for each in listed), len(file.splitlines()) > 8,
)
"""
SMOKE_OF_OPENAPI_GENERATOR = """
import sys, time
import twin_client
from twin_client.models import AskBody, Panel, PriceChange, RenderBody, Scenario, SimulationBody

configuration = twin_client.Configuration(host=sys.argv[1], api_key={"ApiKey": sys.argv[2]})
client = twin_client.ApiClient(configuration)
personas, simulations = twin_client.PersonasApi(client), twin_client.SimulationsApi(client)
text = "We are raising prices by $5 a month."
there = personas.list_personas().items
asked = [
    personas.ask_persona(there[0].persona_id, body).actual_instance.action_probabilities
    for body in (
        AskBody(scenario=text),
        AskBody(scenario=Scenario(text=text)),
        AskBody.from_dict({"scenario": text}),
        {"scenario": text},
        {"scenario": {"text": text}},
    )
]
started = simulations.start_simulation({"scenario": text})
while not (now := simulations.get_simulation(started.id)).done:
    time.sleep(0.2)
lever = PriceChange(kind="price_change", amount_dollars=5)
both = [text, Scenario(text=text, levers=[lever])]
body = SimulationBody(scenarios=both, panel=Panel(segments=["S1"]))
second = simulations.start_simulation(body, wait=60)
listed = simulations.list_simulations().items
file = simulations.export_simulation(started.id, format="csv")
twin_client.ScenariosApi(client).render_scenario_template(
    "competitor-discount", RenderBody(parameters={"competitor": "Verizon", "percent": 10})
)
print(
    len(there), all(each == asked[0] for each in asked), now.state.value, now.counts.done,
    second.counts.done, any(each.id == now.id for each in listed), len(file.splitlines()) > 8,
)
"""
AS_EXPECTED = ["8", "True", "succeeded", "8", "2", "True", "True"]


def judge(name: str) -> str:
    """A program of the environment that `make test` installs; skips, by name, without it."""
    program = HOSTILE.parents[1] / ".venv-judges/bin" / name
    folder = os.environ.get("CDT_JUDGES")
    program = Path(folder) / name if folder else program
    if not program.is_file():
        pytest.skip(f"{name} is not installed: run `make test`, or set CDT_JUDGES")
    return str(program)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A key, and the file that has a service let it in."""
    key, kept = make_key("judges", frozenset({Scope.READ, Scope.RUN}), datetime.now(UTC))
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text(write_line(kept) + "\n")
    return key, file


@pytest.fixture(scope="module")
def key(key_file: tuple[str, Path]) -> str:
    return key_file[0]


@pytest.fixture(scope="module")
def service(reference_market: ReferenceMarket, key_file: tuple[str, Path]) -> Iterator[Served]:
    with serving(
        reference_market.data_dir,
        CDT_API_KEYS_FILE=str(key_file[1]),
        CDT_REQUESTS_PER_MINUTE="0",
        CDT_WRONG_KEYS_PER_MINUTE="0",
    ) as served:
        yield served


def test_a_generated_python_client_can_be_used(service: Served, key: str, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(_document(service)))
    generator = [judge("openapi-python-client"), "generate", "--meta", "none", "--fail-on-warning"]
    _run([*generator, "--path", str(document), "--output-path", "twin_client"], tmp_path)
    _run([judge("python"), "-W", "error", "-m", "compileall", "-q", "twin_client"], tmp_path)
    smoke = [judge("python"), "-c", SMOKE, _address(service), key]
    assert _run(smoke, tmp_path).split() == AS_EXPECTED


@in_the_long_run
def test_a_python_client_of_openapi_generator_can_be_used(
    service: Served, key: str, tmp_path: Path
) -> None:
    if shutil.which("java") is None:
        pytest.skip("openapi-generator needs Java")
    (tmp_path / "openapi.json").write_text(json.dumps(_document(service)))
    generator = [judge("openapi-generator-cli"), "generate", "-g", "python", "-o", "."]
    options = ["--package-name", "twin_client", "--additional-properties"]
    _run([*generator, "-i", "openapi.json", *options, "generateSourceCodeOnly=true"], tmp_path)
    smoke = [judge("python"), "-c", SMOKE_OF_OPENAPI_GENERATOR, _address(service), key]
    assert _run(smoke, tmp_path).split() == AS_EXPECTED


def test_generated_typescript_types_compile_and_fit(
    service: Served, key: str, tmp_path: Path
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(_document(service)))
    for name in ("package.json", "smoke.ts"):
        shutil.copy(HOSTILE / "typescript" / name, tmp_path)
    programs = Path(judge("../node/node_modules/.bin/tsc")).parents[1].resolve()
    (tmp_path / "node_modules").symlink_to(programs)
    generator = [str(programs / ".bin/openapi-typescript"), "openapi.json", "-o", "schema.d.ts"]
    _run(generator, tmp_path)
    modern = ["--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--strict"]
    _run([str(programs / ".bin/tsc"), *modern, "smoke.ts"], tmp_path)
    printed = _run(["node", "smoke.js", _address(service), key], tmp_path)
    assert [word.title() if word == "true" else word for word in printed.split()] == AS_EXPECTED


def test_the_document_tells_which_bodies_are_taken(service: Served, tmp_path: Path) -> None:
    bodies = [(model, body) for model, body, _ in BODIES]
    (tmp_path / "doubts.json").write_text(json.dumps([_document(service), bodies]))
    allowed = _run([judge("python"), "-c", HOLD_AGAINST_DOCUMENT, "doubts.json"], tmp_path)
    assert json.loads(allowed) == [fits for _, _, fits in BODIES]


# Last, for it leaves simulations behind that others would have to wait for.
@pytest.mark.parametrize("seed", SEEDS)
def test_schemathesis_finds_nothing(
    service: Served,
    key: str,
    seed: int,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    operations = sum(map(len, _document(service)["paths"].values()))
    command = [judge("st"), "--config-file", str(HOSTILE / "schemathesis.toml"), "run"]
    command += [f"{_address(service)}/openapi.json", "--header", f"X-API-Key: {key}", *OPTIONS]
    command += ["--seed", str(seed), "--max-examples", str(EXAMPLES), "--phases"]
    with ThreadPoolExecutor(len(PHASES)) as pool:
        reports = list(pool.map(lambda each: _report([*command, each], tmp_path / each), PHASES))
    cases = sum(_passed(report, operations) for report in reports)
    assert cases >= FEWEST_CASES
    record_property("schemathesis cases", cases)


def _passed(report: str, operations: int) -> int:
    """How many cases there were, all of which passed, with every operation among them."""
    counts = GENERATED.search(report)
    assert counts, _tail(report)
    assert counts[1] == counts[2], _tail(report)
    assert f"Tested: {operations}\n" in report, _tail(report)
    return int(counts[1].replace(",", ""))


def _report(command: list[str], folder: Path) -> str:
    """What a run printed that found nothing; with its end this fails when it found something."""
    folder.mkdir()
    found = ""
    with (folder / "report").open("w") as report:
        try:
            subprocess.run(
                command,
                cwd=folder,
                stdout=report,
                stderr=subprocess.STDOUT,
                check=True,
                timeout=LONGEST_RUN_SECONDS,
            )
        except subprocess.SubprocessError as error:
            found = type(error).__name__
    said = (folder / "report").read_text()
    if found:  # out here, for the error itself would tell the key
        pytest.fail(f"{found}\n{_tail(said)}", pytrace=False)
    return said


def _tail(report: str) -> str:
    """The end of a report, its lines cut: some have a body of a megabyte."""
    return "\n".join(line[:LONGEST_LINE] for line in report.splitlines()[-MOST_LINES:])


def _run(command: list[str], folder: Path) -> str:
    # The generator of clients calls ruff, which lies beside it, by its bare name.
    path = os.pathsep.join([str(Path(judge("python")).parent), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    return done.stdout


def _document(service: Served) -> dict[str, Any]:
    answer = httpx.get(f"{_address(service)}/openapi.json", timeout=PATIENCE_SECONDS)
    return cast("dict[str, Any]", answer.raise_for_status().json())


def _address(service: Served) -> str:
    return f"http://127.0.0.1:{service.port}"
