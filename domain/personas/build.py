"""Build personas: a speaker for each segment, written from its own figures and its own words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.catalog import Carrier
from domain.customers import Segment
from domain.personas import statements
from domain.personas.persona import (
    UNKNOWN,
    Composite,
    HotButtons,
    Identity,
    Narrative,
    Persona,
    PersonaVersion,
    Profile,
    persona_id,
)
from domain.personas.statements import (
    SLIGHT,
    Standings,
    Trait,
    notable_traits,
    quantity,
    standings_of,
)
from domain.reactions import Evidence

GIVEN_NAMES = ("Robin", "Sam", "Kim", "Lee", "Toni", "Chris", "Jo", "Pat")  # any gender and age
QUOTES = 4
SENTENCES = 3  # of a section of the narrative, besides its opening
PHRASES = 3  # of a list
BETWEEN_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
HALF, MOST_AGREE = 0.5, 0.75  # shares of the segment on its first plan
CHANNELS = ("app", "chat", "call", "email", "store", "social")


def build_personas(
    segments: Sequence[Segment],
    verbatims: Mapping[str, Sequence[Evidence]],
    carrier: Carrier,
    previous: Sequence[PersonaVersion],
) -> tuple[Persona, ...]:
    """One persona per segment, in the order of the segments.

    A figure the data do not have leaves its sentence out. The version is that of the same persona
    in `previous` when nothing else has changed, else the next; a first build is version 1.
    """
    before = {version.persona_id: version for version in previous}
    drafts = (
        _draft(segment, segments, verbatims.get(segment.id, ()), carrier) for segment in segments
    )
    return tuple(_versioned(draft, before.get(draft.persona_id)) for draft in drafts)


def _versioned(draft: Persona, before: PersonaVersion | None) -> Persona:
    if before is None:
        return draft
    same = draft.with_(version=before.version)
    if PersonaVersion.of(same) == before:
        return same
    return draft.with_(version=before.version + 1)


def _draft(
    segment: Segment, segments: Sequence[Segment], verbatims: Sequence[Evidence], carrier: Carrier
) -> Persona:
    identity = _identity(segment, carrier)
    writer = _Writer(segment, standings_of(segment, segments), identity, carrier.name)
    return Persona(
        persona_id=persona_id(carrier.name, segment.id),
        segment_id=segment.id,
        segment_name=segment.name,
        share=segment.share,
        customers=segment.customers,
        identity=identity,
        composite=_composite(segment),
        profile=_profile(writer),
        narrative=_narrative(writer, verbatims),
        statistics=segment.statistics,
        version=1,
        as_of=segment.as_of,
        written_by="statistics",
    )


def _identity(segment: Segment, carrier: Carrier) -> Identity:
    age = segment.statistics.get("avg_age")
    return Identity(
        name=_given_name(segment, carrier),
        age=min(max(round(age.value), 18), 120) if age else None,
        place=segment.typical.get("top_market") or segment.typical.get("top_state") or UNKNOWN,
        tagline=segment.tagline,
    )


def _given_name(segment: Segment, carrier: Carrier) -> str:
    """One of the profile's given names, always the same one for the same segment."""
    names = next((p.given_names for p in carrier.segments if p.id == segment.id), None)
    if names is None:
        return GIVEN_NAMES[int(segment.id.lstrip("S")) % len(GIVEN_NAMES)]
    digest = hashlib.sha256(f"{carrier.name}/{segment.id}".encode()).digest()
    return names[digest[0] % len(names)]


def _composite(segment: Segment) -> Composite:
    typical = segment.typical
    return Composite(
        age_range=_filled(segment, "{p25_age} to {p75_age}"),
        gender=_filled(segment, "{pct_female} women"),
        household_income=_filled(segment, "{avg_household_income} a year (ZIP median)"),
        household=_filled(segment, "{avg_lines} lines on the account"),
        geography=_joined(
            typical.get("top_market", ""),
            _filled(segment, "{pct_urban} urban, {pct_suburban} suburban, {pct_rural} rural", ""),
        ),
        plan=_joined(
            typical.get("top_plan", "") + _filled(segment, " ({top_plan_share})", ""),
            f"then {typical['second_plan']}" if typical.get("second_plan") else "",
        ),
        contract=_joined(
            _filled(segment, "{pct_contract} under contract", ""),
            _most_common_term(typical.get("top_contract")),
        ),
        tenure=_filled(segment, "{avg_tenure_months} (median {median_tenure_months})"),
        arpu=_filled(segment, "{avg_monthly_bill} a month"),
        device=_joined(
            typical.get("top_device_brand", ""),
            _filled(segment, "{pct_flagship} flagship, {pct_5g} on 5G", ""),
        ),
    )


def _filled(segment: Segment, template: str, otherwise: str = UNKNOWN) -> str:
    """The template with figures in words, or `otherwise` when one of them is missing."""
    figures = {n: quantity(f.value, f.unit) for n, f in segment.statistics.items()}
    try:
        return template.format(**figures)
    except KeyError:
        return otherwise


def _most_common_term(code: str | None) -> str:
    """The first of several terms: it may be "no contract" where most have one or another."""
    return f"most common term: {_spaced(code)}" if code else ""


def _spaced(code: str) -> str:
    """A code of the data in words: "NoContract" is "no contract", "24M" stays as it is."""
    return BETWEEN_WORDS.sub(" ", code).lower() if code.isalpha() else code


def _joined(*pieces: str) -> str:
    return ", ".join(piece for piece in pieces if piece) or UNKNOWN


def _profile(writer: _Writer) -> Profile:
    usage = "; ".join(writer.phrases(statements.USAGE))
    return Profile(
        usage=usage or writer.filled("{avg_data_gb} of data a month, close to the average"),
        channels=_channels(writer.segment),
        price_sensitivity=writer.level("avg_price_sensitivity"),
        loyalty=_loyalty(writer),
        pain_points=writer.phrases(statements.PAINS),
        value_drivers=writer.phrases(statements.DRIVERS),
    )


def _channels(segment: Segment) -> tuple[str, ...]:
    """The three channels most used for contacts, with their share."""
    figures = [(c, segment.statistics.get(f"pct_contacts_{c}")) for c in CHANNELS]
    used = sorted(((f.value, c) for c, f in figures if f and f.value > 0), reverse=True)
    return tuple(f"{channel} ({share:.0%})" for share, channel in used[:3])


def _loyalty(writer: _Writer) -> str:
    stayed = writer.filled("{avg_tenure_months} with the carrier")
    leaving = writer.level("avg_churn_risk")
    risk = "" if leaving == UNKNOWN else f"churn risk {leaving}"
    return _joined(*(piece for piece in (stayed, risk) if piece != UNKNOWN))


def _narrative(writer: _Writer, verbatims: Sequence[Evidence]) -> Narrative:
    return Narrative(
        background=writer.prose(_who(writer), statements.BACKGROUND),
        relationship_with_service=writer.prose(_on_which_plan(writer), statements.RELATIONSHIP),
        financial_mindset=writer.prose("", statements.MONEY),
        communication_style=writer.prose("", statements.COMMUNICATION, closing=_about_what(writer)),
        decision_style=writer.prose("", statements.DECISION),
        emotional_triggers=writer.phrases(statements.TRIGGERS),
        hot_buttons=HotButtons(
            happy=writer.phrases(statements.HAPPY),
            angry=writer.phrases(statements.ANGRY),
            ignores=writer.phrases(statements.INDIFFERENT),
        ),
        sample_quotes=_quotes(verbatims),
    )


def _who(writer: _Writer) -> str:
    identity, segment = writer.identity, writer.segment
    aged = f", {identity.age}," if identity.age else ""
    lives = f"lives in the {identity.place} area and " if identity.place != UNKNOWN else ""
    return (
        f"{identity.name}{aged} {lives}speaks for {segment.customers:,} customers, "
        f"{segment.share:.0%} of the base."
    )


def _on_which_plan(writer: _Writer) -> str:
    """What plan the segment is on, worded by how much of it agrees."""
    typical, share = writer.segment.typical, writer.segment.statistics.get("top_plan_share")
    first, second = typical.get("top_plan"), typical.get("second_plan")
    if not first or share is None:
        return ""
    agree = quantity(share.value, share.unit)
    if share.value > MOST_AGREE or not second:
        return f"The plan is {first}, for {agree} of the segment."
    if share.value > HALF:
        return f"{first} is the usual plan, for {agree}; the others are mostly on {second}."
    return f"Plans differ: {first} leads with {agree}, {second} follows."


def _about_what(writer: _Writer) -> str:
    about = writer.segment.typical.get("top_contact_category")
    return f"The usual reason to get in touch: {about.lower()}." if about else ""


def _quotes(verbatims: Sequence[Evidence]) -> tuple[str, ...]:
    """The first verbatims, each text once."""
    return tuple(dict.fromkeys(piece.text for piece in verbatims))[:QUOTES]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes about one segment from where it stands."""

    segment: Segment
    standings: Standings
    identity: Identity
    carrier: str

    def prose(self, opening: str, traits: Sequence[Trait], closing: str = "") -> str:
        """The opening, the sentences whose figures lie farthest from the base, the closing."""
        sentences = self.phrases(traits, SENTENCES, least=2)
        if not sentences and not opening:
            sentences = (f"In this, {self.identity.name} is close to the average customer.",)
        return " ".join(piece for piece in (opening, *sentences, closing) if piece)

    def phrases(
        self, traits: Sequence[Trait], most: int = PHRASES, least: int = 1
    ) -> tuple[str, ...]:
        """What is worth stating, farthest from the base first; slight differences if need be."""
        blanks = {"name": self.identity.name, "carrier": self.carrier}
        chosen = notable_traits(traits, self.standings)[:most]
        if len(chosen) < least:
            chosen = notable_traits(traits, self.standings, SLIGHT)[:least]
        return tuple(trait.say(self.standings[trait.statistic], **blanks) for trait in chosen)

    def filled(self, template: str) -> str:
        """A template with the segment's figures in words."""
        return _filled(self.segment, template)

    def level(self, statistic: str) -> str:
        """A statistic as high, average or low, with its figure and the base's."""
        standing = self.standings.get(statistic)
        if standing is None:
            return UNKNOWN
        return f"{standing.level} ({standing.value}, base {standing.base_value})"
