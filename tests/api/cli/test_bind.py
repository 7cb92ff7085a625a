"""The address of the service is taken first, and what is wrong with it is told in a sentence."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.cli.bind import AddressRefused, holding_address, release
from tests.command_line import typed

UNPRIVILEGED_FROM = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
NOBODY = 65_534


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CDT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_taken_port_is_told_before_data_are_made(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = typed("serve", "--prepare", "--port", str(port))

    assert refused.code == 1
    assert refused.told == (
        f"twin: port {port} of 127.0.0.1 is taken; stop what uses it, or choose another with"
        " --port\n"
    )
    assert not data_dir.exists()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1", "a..b", "::banana", "x\0"])
def test_an_address_that_is_not_this_machines_is_told(host: str) -> None:
    with (
        pytest.raises(AddressRefused, match="choose another with --host"),
        holding_address(host, 0),
    ):
        pass


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_is_none_is_told_by_its_option(data_dir: Path, port: str) -> None:
    refused = typed("serve", "--prepare", "--port", port)

    assert refused.code == 2
    assert "'--port'" in refused.told
    assert not data_dir.exists()


def test_a_port_that_is_none_is_told_by_its_variable(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDT_PORT", "70000")

    refused = typed("serve", "--prepare")

    assert (refused.code, refused.told.split(":")[1]) == (1, " CDT_PORT")
    assert not data_dir.exists()


@pytest.mark.skipif(
    not UNPRIVILEGED_FROM.exists() or int(UNPRIVILEGED_FROM.read_text()) <= 80,
    reason="every port is for everybody here",
)
def test_a_port_for_privileged_processes_is_told() -> None:
    with (
        as_nobody(),
        pytest.raises(AddressRefused, match=r"privileged.* with --port"),
        holding_address("127.0.0.1", 80),
    ):
        pass


def test_an_address_that_is_held_is_nobody_elses() -> None:
    with holding_address("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(AddressRefused, match="is taken"), holding_address("127.0.0.1", port):
            pass


def test_the_next_service_gets_the_address_while_old_connections_linger() -> None:
    with holding_address("127.0.0.1", 0) as first:
        release(first)
        first.listen()
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            first.accept()[0].close()  # who closes first lingers

    with holding_address("127.0.0.1", port):
        pass


@contextmanager
def as_nobody() -> Iterator[None]:
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)
