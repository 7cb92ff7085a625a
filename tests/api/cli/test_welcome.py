"""Who starts the service is told requests that work."""

from __future__ import annotations

import pytest

from api.cli.serve import welcome


@pytest.mark.parametrize("keyed", [False, True])
def test_a_key_is_shown_in_each_request_where_one_is_needed(keyed: bool) -> None:
    tried, *_ = welcome("http://127.0.0.1:1", keyed=keyed).split("Stop")
    curls = tried.split("curl")[1:]

    assert len(curls) == 3
    assert ["X-API-Key" in curl for curl in curls] == [keyed] * 3
