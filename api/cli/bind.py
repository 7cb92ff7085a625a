"""Bind: take the address of the service before anything that takes time is begun."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import TwinError

FIRST_UNPRIVILEGED_PORT = 1024


class AddressRefused(TwinError):
    """The service cannot listen where it was told to."""


@contextmanager
def holding_address(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that nobody else can listen beside, though nobody is listened to yet.

    Raises AddressRefused, which says what to choose instead.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        _may_be_used_again(listener, True)  # also while connections of the service before linger
        try:
            listener.bind((host, port))
        except (OSError, ValueError, TypeError) as error:  # a name with NUL, or of no letters
            raise AddressRefused(_reason(error, host, port)) from error
        _may_be_used_again(listener, False)  # two that may could both hold it until one listens
        yield listener


def release(listener: socket.socket) -> None:
    """Have the next service take the address over while connections of this one linger."""
    _may_be_used_again(listener, True)


def _may_be_used_again(listener: socket.socket, may: bool) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(may))


def _reason(error: Exception, host: str, port: int) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return f"port {port} of {host} is taken; stop what uses it, or choose another with --port"
    if code == errno.EACCES:
        return (
            f"port {port} of {host} is for privileged processes; choose one from"
            f" {FIRST_UNPRIVILEGED_PORT} on with --port"
        )
    return f"{host!r} is no address of this machine; choose another with --host, such as 127.0.0.1"
