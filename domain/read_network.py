"""Reader of the network: coverage or speed gained or lost, and outages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from domain.amounts import NUMBER, TIME, hours, number
from domain.lever_reading import Names, Reading, denied, hull, nearest, whole
from domain.passages import Passage, parts
from domain.scenarios import NetworkChange, Where

COVERAGE_POINTS = 10.0  # chosen: a gain or loss of coverage whose size is not said
OUTAGE_HOURS = 4.0  # chosen: an outage whose length is not said
EARSHOT = 60  # chosen: characters between a part of the network and the word that changes it

OUTAGE = whole(
    r"outages?|blackouts?|downtime|knock(?:s|ed)? out (?:the )?(?:network|service)"
    r"|(?:network|service|system)(?: is| was| goes| went)? (?:down|failures?)"
    r"|service (?:interruptions?|disruptions?)|no (?:service|signal)"
    r"|(?:network|service) (?:fails|failed|collapse[sd]?)"
)
FIVE_G = whole(r"5 ?g(?! (?:phones?|plans?|devices?|smartphones?))")
NETWORK = whole(
    r"coverage|(?:cell )?towers?|signal|network|reception|cell sites?|masts?"
    r"|dead (?:zones?|spots?)"
    r"|[234]g|capacity|antennas?|satellites?|(?:data |download )?speeds?"
)
BETTER = whole(
    r"new|expan\w{1,5}|improv\w{1,6}|better|bring\w{0,3}|brought|build\w{0,3}|built"
    r"|roll(?:s|ed|ing)? ?-?out"
    r"|upgrad\w{1,4}|add\w{0,3}|faster|boost\w{0,3}|exten\w{1,5}|launch\w{0,3}|more|stronger|wider"
    r"|doubl\w{1,3}|deploy\w{0,4}|gain\w{0,3}|increas\w{1,3}|arriv\w{1,3}|now|up|enhanc\w{1,5}"
    r"|fill\w{0,3}"
)
WORSE = whole(
    r"reduc\w{1,4}|los(?:e|es|ing|s)|lost|worse\w{0,3}|shut\w{0,4}(?: down| off)?|clos\w{1,3}"
    r"|weak\w{0,4}"
    r"|switch\w{0,3} off|remov\w{1,3}|slow\w{0,3}|sunset\w{0,4}|cut\w{0,4}|degrad\w{1,5}"
    r"|drop\w{0,4}"
    r"|down|decommission\w{0,3}|shrink\w{0,3}|poor\w{0,2}"
)
ANY_NETWORK = re.compile(f"{OUTAGE.pattern}|{FIVE_G.pattern}|{NETWORK.pattern}", re.IGNORECASE)
POINTS = re.compile(
    rf"(?P<points>{NUMBER}) ?-?(?:percentage )?(?:points?\b|%|percent\b)", re.IGNORECASE
)
RURAL = whole(r"rural|countryside|small towns?|remote|farm\w{0,4}|villages?")
URBAN = whole(r"cit(?:y|ies)|urban|metros?|metropolitan|downtowns?|suburb\w{0,3}")


def read_network(clause: Passage, names: Names) -> Iterator[Reading]:
    """Coverage or speed gained or lost, or an outage."""
    for part in parts(clause, ANY_NETWORK, names.plan_words):
        outage = part.first(OUTAGE)
        if outage is not None:
            if not denied(part, outage.start()):
                yield _outage(part, outage)
            continue
        thing = part.first(FIVE_G) or part.first(NETWORK)
        if thing is None:
            continue
        better, worse = (nearest(part, words, thing.start()) for words in (BETTER, WORSE))
        verb = _closer(better, worse, thing.start())
        if verb is not None and not denied(part, hull(verb, thing)[1]):
            yield _coverage(part, thing, verb, gained=verb is better)


def _outage(part: Passage, outage: re.Match[str]) -> Reading:
    length = nearest(part, TIME, outage.start())
    lasted = hours(part.within(*length.span())) if length is not None else None
    make = partial(NetworkChange, outage_hours=lasted or OUTAGE_HOURS, where=_where(part))
    return Reading(*hull(outage, length if lasted else None), make)


def _coverage(part: Passage, thing: re.Match[str], verb: re.Match[str], *, gained: bool) -> Reading:
    said = nearest(part, POINTS, thing.start())
    points = number(said["points"]) if said else COVERAGE_POINTS
    make = partial(
        NetworkChange,
        coverage_points=points if gained else -points,
        technology="5g" if FIVE_G.fullmatch(thing.group()) else "coverage",
        where=_where(part),
    )
    return Reading(*hull(thing, verb, said, *part.every(RURAL), *part.every(URBAN)), make)


def _where(part: Passage) -> Where:
    rural, urban = part.has(RURAL), part.has(URBAN)
    if rural == urban:
        return "everywhere"
    return "rural" if rural else "urban"


def _closer(
    one: re.Match[str] | None, other: re.Match[str] | None, position: int
) -> re.Match[str] | None:
    found = [match for match in (one, other) if match is not None]
    near = [match for match in found if abs(match.start() - position) <= EARSHOT]
    return min(near, key=lambda match: abs(match.start() - position), default=None)
