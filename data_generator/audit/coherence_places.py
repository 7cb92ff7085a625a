"""Coherence of places: what must hold within and between the four tables of the outside world."""

from __future__ import annotations

from data_generator.audit.rules import Rule, RuleGroup, owned


def _hundred(group: str, names: str) -> Rule:
    return Rule(
        f"shares by {group} sum to 100", f"{' + '.join(names.split())} is distinct from 100"
    )


def _only_owned(table: str, key: str, owner: str) -> RuleGroup:
    relation = f"{table} as t left join {owner} as o using ({key})"
    return RuleGroup(relation, (owned(table, key, owner),))


PLACES = (
    RuleGroup(
        "zip_demographics as t left join real_zips as o using (zip_code)",
        (
            Rule("ZIP codes are real", "o.zip_code is null"),
            Rule("ZIP codes are in their real state", "o.state_code <> t.state_code"),
            _hundred(
                "age",
                "pct_age_18_24 pct_age_25_34 pct_age_35_44 pct_age_45_54 pct_age_55_64"
                " pct_age_65_plus",
            ),
            _hundred(
                "income",
                "pct_income_under_25k pct_income_25k_50k pct_income_50k_75k pct_income_75k_100k"
                " pct_income_100k_150k pct_income_150k_plus",
            ),
            _hundred(
                "education", "pct_high_school pct_some_college pct_bachelors pct_graduate_degree"
            ),
            _hundred("tenure", "pct_owner_occupied pct_renter_occupied"),
            _hundred("work", "pct_white_collar pct_blue_collar pct_service_industry"),
            _hundred("origin", "pct_white pct_black pct_hispanic pct_asian pct_other_race"),
            Rule(
                "couples and single parents make families",
                "pct_married_couples + pct_single_parent is distinct from pct_family_households",
            ),
            Rule(
                "state names are names",
                "t.state_name = t.state_code or length(t.state_name) < 4",
            ),
        ),
    ),
    RuleGroup(
        "zip_demographics as t left join competitive_landscape as o using (dma_code)",
        (
            owned("zip_demographics", "dma_code", "competitive_landscape"),
            Rule("markets are named alike everywhere", "o.dma_name <> t.dma_name"),
        ),
    ),
    _only_owned("economic_indicators", "zip_code", "zip_demographics"),
    _only_owned("lifestyle_segments", "zip_code", "zip_demographics"),
    RuleGroup(
        "lifestyle_segments",
        (
            _hundred("system", "pct_iphone pct_android"),
            _hundred(
                "contact",
                "pref_channel_digital pref_channel_phone pref_channel_store pref_channel_chat",
            ),
        ),
    ),
    RuleGroup(
        "competitive_landscape",
        (
            _hundred(
                "carrier",
                "snowmobile_market_share vz_market_share att_market_share tmo_market_share"
                " regional_market_share",
            ),
        ),
    ),
)
