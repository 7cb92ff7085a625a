from __future__ import annotations

import pytest

from tests.data_generator.conftest import Market


def test_there_are_210_markets_with_names_of_their_own(market: Market) -> None:
    assert market.number("select count(distinct dma_code) from competitive_landscape") == 210
    assert market.number("select count(distinct dma_name) from competitive_landscape") == 210


@pytest.mark.parametrize(
    "wrong",
    [
        (
            "snowmobile_market_share + vz_market_share + att_market_share + tmo_market_share"
            " + regional_market_share <> 100"
        ),
        "abs(snowmobile_subs - total_wireless_subs * snowmobile_market_share / 100) > 1",
        "snowmobile_coverage_pct not between 55 and 99.9",
        "regional_avg_price >= vz_avg_price",
        "promo_end_date not between date '2026-01-30' and date '2026-06-30'",
        "length(recent_competitor_promo) < 20",
    ],
)
def test_no_market_contradicts_itself(market: Market, wrong: str) -> None:
    assert market.count("competitive_landscape", wrong) == 0


def test_the_carrier_has_its_share_of_the_country(market: Market) -> None:
    share = "select sum(snowmobile_subs) / sum(total_wireless_subs) from competitive_landscape"
    assert market.number(share) == pytest.approx(0.18, abs=0.015)


def test_coverage_is_thinner_where_more_people_live_in_the_country(market: Market) -> None:
    correlation = """
        with country as (
            select dma_code,
                sum(total_population * (urban_rural_class in ('Rural', 'Remote'))::int)
                / sum(total_population) as share
            from zip_demographics group by dma_code
        )
        select corr(snowmobile_coverage_pct::float, share)
        from competitive_landscape inner join country using (dma_code)
    """
    assert market.number(correlation) < -0.8
