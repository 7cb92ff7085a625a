"""The specification of the container service, held to the image, settings, routes and SQL."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.app import create_app
from api.settings import Settings, refuse_public_bind
from api.wiring.open_models import cortex_url

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SQL = (ROOT / "sql" / "10_container_service.sql").read_text(encoding="utf-8")
GUIDE = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
SPEC: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "service.yaml").read_text("utf-8"))
(CONTAINER,) = SPEC["spec"]["containers"]
(ENDPOINT,) = SPEC["spec"]["endpoints"]
(VOLUME,) = SPEC["spec"]["volumes"]

# Every field Snowflake's reference of the specification has, where we use some of it.
DOCUMENTED = {
    "": {"spec", "capabilities", "serviceRoles"},
    "spec": {
        "containers", "endpoints", "volumes", "logExporters", "platformMonitor",
        "resourceManagement",
    },
    "containers": {
        "name", "image", "command", "args", "env", "readinessProbe", "livenessProbe",
        "volumeMounts", "resources", "mountSessionToken", "sessionTokenConfig", "secrets",
    },
    "readinessProbe": {"port", "path", "periodSeconds", "failureThreshold"},
    "livenessProbe": {"port", "path", "periodSeconds", "failureThreshold"},
    "resources": {"requests", "limits"},
    "requests": {"memory", "cpu", "nvidia.com/gpu"},
    "limits": {"memory", "cpu", "nvidia.com/gpu"},
    "volumeMounts": {"name", "mountPath"},
    "endpoints": {"name", "port", "portRange", "public", "protocol", "corsSettings"},
    "volumes": {"name", "source", "size", "uid", "gid", "blockConfig", "stageConfig"},
    "secrets": {"snowflakeSecret", "directoryPath", "envVarName", "secretKeyRef"},
    "snowflakeSecret": {"objectName", "objectReference"},
    "logExporters": {"eventTableConfig"},
    "eventTableConfig": {"logLevel"},
    "serviceRoles": {"name", "endpoints"},
}  # fmt: skip


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment the container starts with."""
    for name in [name for name in os.environ if name.startswith("CDT_")]:
        monkeypatch.delenv(name)
    for name, value in {**image_environment(), **CONTAINER["env"]}.items():
        monkeypatch.setenv(name, value)
    for name in ("ACCOUNT", "DATABASE", "SCHEMA", "SERVICE_NAME"):
        monkeypatch.setenv(f"SNOWFLAKE_{name}", f"INJECTED_{name}")
    monkeypatch.setenv("SNOWFLAKE_HOST", "snowflake.test")


def image_environment() -> dict[str, str]:
    return dict(re.findall(r"(CDT_\w+)=(\S+)", DOCKERFILE))


def instruction(name: str) -> str:
    """The last such line of the Dockerfile without its name."""
    return str(re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)[-1])


def nodes(node: object, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of the specification with the field it stands in."""
    if isinstance(node, dict):
        yield name, node
        for field, inner in node.items():
            yield from nodes(inner, field)
    elif isinstance(node, list):
        for inner in node:
            yield from nodes(inner, name)


def test_the_specification_has_documented_fields_only() -> None:
    for name, node in nodes(SPEC):
        if name != "env":
            assert set(node) <= DOCUMENTED[name], name


def test_names_are_such_as_snowflake_takes() -> None:
    for thing in (CONTAINER, ENDPOINT, VOLUME):
        assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", thing["name"])
    for role in SPEC["serviceRoles"]:
        assert re.fullmatch(r"[A-Za-z]\w*[A-Za-z0-9]", role["name"])
        assert role["endpoints"] == [ENDPOINT["name"]]


def test_every_variable_is_a_setting_and_a_text() -> None:
    known = {f"CDT_{name.upper()}" for name in Settings.model_fields}
    assert set(CONTAINER["env"]) <= known
    assert {type(value) for value in CONTAINER["env"].values()} == {str}


@pytest.mark.usefixtures("environment")
def test_the_container_starts_behind_the_proxy_and_asks_the_account() -> None:
    settings = Settings()
    refuse_public_bind(settings, lambda _: False)
    assert settings.in_spcs
    assert settings.snowflake_auth == "spcs"
    assert cortex_url(settings) == "https://snowflake.test"
    assert (settings.warehouse, settings.snowflake_database) == ("snowflake", "INJECTED_DATABASE")


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("probe", ["readinessProbe", "livenessProbe"])
def test_probes_ask_what_the_service_answers(probe: str) -> None:
    paths = create_app().openapi()["paths"]
    assert "get" in paths[CONTAINER[probe]["path"]]
    assert CONTAINER[probe]["port"] == ENDPOINT["port"]


@pytest.mark.usefixtures("environment")
def test_the_port_is_that_of_the_image() -> None:
    assert ENDPOINT["port"] == int(instruction("EXPOSE")) == Settings().port
    assert Settings().host == "0.0.0.0"  # noqa: S104 - the proxy reaches the container from outside


def test_the_arguments_are_a_command_of_the_image() -> None:
    assert json.loads(instruction("ENTRYPOINT")) == ["twin"]
    assert CONTAINER["args"] == json.loads(instruction("CMD"))[:1]


def test_simulations_are_kept_on_the_volume_of_the_user_of_the_image() -> None:
    (mount,) = CONTAINER["volumeMounts"]
    assert mount["name"] == VOLUME["name"]
    assert mount["mountPath"] == instruction("VOLUME") == image_environment()["CDT_DATA_DIR"]
    assert f"{VOLUME['uid']}:{VOLUME['gid']}" == instruction("USER")
    assert VOLUME["source"] == "block"
    assert re.fullmatch(r"\d+Gi", VOLUME["size"])


def test_keys_are_read_where_the_secret_of_sql_is_mounted() -> None:
    (mounted,) = CONTAINER["secrets"]
    _, schema, name = mounted["snowflakeSecret"]["objectName"].split(".")
    assert f"create secret if not exists {schema}.{name}" in SQL
    assert f"grant read on secret {schema}.{name} to role cdt_app_role" in SQL
    # A generic string is the file of this name in the directory.
    assert CONTAINER["env"]["CDT_API_KEYS_FILE"] == f"{mounted['directoryPath']}/secret_string"


def test_a_block_volume_has_one_instance_that_uses_it() -> None:
    assert set(re.findall(r"(?:min|max)_instances = (\d+)", SQL)) == {"1"}


def test_sql_makes_the_service_that_is_specified() -> None:
    assert "specification_file = 'service.yaml'" in SQL
    assert set(re.findall(r"^endpoint = (\w+)$", SQL, re.MULTILINE)) == {ENDPOINT["name"]}
    (warehouse,) = re.findall(r"query_warehouse = (\w+)", SQL)
    assert CONTAINER["env"]["CDT_SNOWFLAKE_WAREHOUSE"] == warehouse


@pytest.mark.usefixtures("environment")
def test_the_functions_of_sql_are_routes_of_the_container() -> None:
    called = re.findall(r"^as '(/\S+)';$", SQL, re.MULTILINE)
    paths = create_app().openapi()["paths"]
    assert len(called) == 3
    for path in called:
        assert "post" in paths[path]


def test_the_image_is_where_sql_and_the_guide_have_it() -> None:
    database, schema, repository, image = CONTAINER["image"].strip("/").split("/")
    assert f"use database {database};" in SQL
    assert f"create image repository if not exists {schema}.{repository};" in SQL
    assert image == f"cdt-api:{version('customer-digital-twin')}"
    assert f"docker build --platform linux/amd64 -t {image} ." in GUIDE
    assert f'docker push "$REPOSITORY/{image}"' in GUIDE


def test_the_guide_names_what_sql_makes() -> None:
    made = re.findall(
        r"^create (?:compute pool|image repository|service|or replace function)"
        r"(?: if not exists)? ([\w.]+)",
        SQL,
        re.MULTILINE,
    )
    assert len(made) == 6
    for name in made:
        assert f"`{name}`" in GUIDE
