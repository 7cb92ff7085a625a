"""Who may do what: the grants of the numbered scripts, read into a model that can be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.sql.reading import code, every_statement

GRANT = re.compile(r"grant (?P<privileges>.+?) on (?P<what>.+?) to role (?P<role>\w+)")
OF_ROLE = re.compile(r"grant role (\w+) to role (\w+)")
OF_DATABASE_ROLE = re.compile(r"grant database role (\S+) to role (\w+)")
WHOLE_SCHEMA = re.compile(r"(all|future) (?P<kind>[a-z ]+)s in schema (?P<schema>\w+)")
DATABASE = "database customer_digital_twin"
OUTSIDE_SCHEMAS = ("account", "warehouse", "compute pool", "schema", "database")


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege on what `what` names: an object, or `all tables in schema raw` and the like."""

    role: str
    privilege: str
    what: str

    def covers(self, privilege: str, thing: str) -> bool:
        """Whether the grant gives this privilege on this thing, such as `table raw.customers`."""
        if self.privilege != privilege:
            return False
        whole = WHOLE_SCHEMA.fullmatch(self.what)
        if whole is None:
            return self.what.partition("(")[0] == thing
        kind, schema = whole["kind"], whole["schema"]
        return thing.startswith(f"{kind} {schema}.") and self.what.startswith("future")


@cache
def grants() -> tuple[Grant, ...]:
    """Every grant of a privilege on an object."""
    return tuple(_grants())


def _grants() -> Iterator[Grant]:
    for _, statement in every_statement():
        text = code(statement)
        found = GRANT.fullmatch(text)
        if found and not text.startswith(("grant ownership", "grant service role")):
            for privilege in found["privileges"].split(", "):
                yield Grant(found["role"], privilege, found["what"])
        elif of_database := OF_DATABASE_ROLE.fullmatch(text):
            yield Grant(of_database[2], "be", of_database[1])


@cache
def roles_of(role: str) -> frozenset[str]:
    """The role and every role whose rights it holds."""
    held = {
        given
        for _, statement in every_statement()
        for given, to in OF_ROLE.findall(code(statement))
        if to == role
    }
    return frozenset({role}).union(*(roles_of(below) for below in held))


def may(role: str, privilege: str, thing: str) -> bool:
    """Whether a role can really do this, the way there included: database, then schema."""
    if not _granted(role, privilege, thing):
        return False
    if thing.startswith(OUTSIDE_SCHEMAS) or privilege == "be":
        return True
    schema = thing.rsplit(maxsplit=1)[-1].partition(".")[0]
    return _granted(role, "usage", DATABASE) and _granted(role, "usage", f"schema {schema}")


def _granted(role: str, privilege: str, thing: str) -> bool:
    held = roles_of(role)
    return any(grant.role in held and grant.covers(privilege, thing) for grant in grants())
