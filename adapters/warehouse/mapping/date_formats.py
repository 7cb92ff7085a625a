"""Date formats: whether days can be read as a mapping file says they are written (strptime)."""

from __future__ import annotations

import re

import duckdb

YEAR = re.compile(r"%-?[yYGcx]")  # without one every day would be of the year 1900


def fault_of_format(written: str) -> str | None:
    """What is wrong with a format, or None."""
    try:
        with duckdb.connect() as connection:
            connection.execute("select try_strptime('', ?)", [written])
    except duckdb.Error:
        return f"{written!r} is no format of days or times; write it like '%d.%m.%Y'"
    if not YEAR.search(written.replace("%%", "")):
        return f"{written!r} has no year; a day needs one, such as %Y"
    return None
