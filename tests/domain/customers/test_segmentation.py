from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from domain.customers import segmentation
from domain.customers.segmentation import (
    Earlier,
    Matrix,
    Segmentation,
    assign,
    discover_segments,
    standardize,
)

NAMES = ("data_gb", "tenure", "age")
CENTERS = np.array([[30.0, 10.0, 25.0], [5.0, 90.0, 65.0], [8.0, 20.0, 40.0]])
SIGNATURES = {
    "S1": {"data_gb": 1.4, "age": -1.0},
    "S2": {"tenure": 1.4, "age": 1.3},
    "S3": {"data_gb": -0.5, "tenure": -0.6},
}


def customers(count: int = 250, seed: int = 7) -> tuple[Matrix, NDArray[np.intp]]:
    """Customers of three kinds and the kind of each, in shares of a half, a third and a sixth."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, count, p=[1 / 2, 1 / 3, 1 / 6])
    return CENTERS[kind] + rng.normal(0, 2, (count, 3)), kind


def test_each_cluster_takes_the_name_of_the_profile_it_resembles() -> None:
    features, kind = customers()

    found = discover_segments(features, NAMES, SIGNATURES, seed=1)

    named = [found.segment_ids[cluster] for cluster in found.cluster]
    assert named == [f"S{place + 1}" for place in kind]


def test_names_do_not_depend_on_the_order_of_profiles() -> None:
    features, _ = customers()
    reversed_profiles = dict(reversed(SIGNATURES.items()))

    found = discover_segments(features, NAMES, SIGNATURES, seed=1)
    again = discover_segments(features, NAMES, reversed_profiles, seed=1)

    assert found.shares == again.shares


def test_shares_are_those_of_the_customers_and_sum_to_one() -> None:
    features, kind = customers()

    found = discover_segments(features, NAMES, SIGNATURES, seed=1)

    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.shares["S1"] == np.mean(kind == 0)


def test_the_same_seed_finds_the_same_segments() -> None:
    features, _ = customers()

    first, second = (discover_segments(features, NAMES, SIGNATURES, seed=3) for _ in range(2))

    assert np.array_equal(first.cluster, second.cluster)
    assert (first.inertia, first.silhouette) == (second.inertia, second.silhouette)


def test_the_number_of_threads_changes_no_digit() -> None:
    features, _ = customers(count=5_000)

    found = []
    for threads in (1, 2, 4):
        with threadpool_limits(limits=threads):
            found.append(discover_segments(features, NAMES, SIGNATURES, seed=3))

    assert len({one.centroids.tobytes() for one in found}) == 1
    assert len({one.distance.tobytes() for one in found}) == 1


def test_a_unit_of_measurement_changes_nothing() -> None:
    features, kind = customers()
    in_other_units = features * [1024.0, 1 / 12, 365.0]

    found = discover_segments(in_other_units, NAMES, SIGNATURES, seed=1)

    assert adjusted_rand_score(kind, found.cluster) == 1


def test_more_customers_than_are_fitted_are_still_all_put_in_a_segment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segmentation, "START_ROWS", 60)
    monkeypatch.setattr(segmentation, "FIT_ROWS", 120)
    monkeypatch.setattr(segmentation, "BLOCK_ROWS", 90)
    features, kind = customers()

    found = discover_segments(features, NAMES, SIGNATURES, seed=1)

    assert adjusted_rand_score(kind, found.cluster) == 1


def test_segments_far_apart_score_a_higher_silhouette_than_segments_in_one_cloud() -> None:
    apart, _ = customers()
    cloud = np.random.default_rng(5).normal(size=(250, 3))

    clear = discover_segments(apart, NAMES, SIGNATURES, seed=1)
    blurred = discover_segments(cloud, NAMES, SIGNATURES, seed=1)

    assert clear.silhouette > 0.7
    assert blurred.silhouette < 0.4


def test_a_feature_that_never_changes_tells_nothing() -> None:
    features, _ = customers()
    features[:, 2] = 40.0

    assert (standardize(features)[:, 2] == 0).all()


def test_a_standardized_feature_has_mean_zero_and_spread_one() -> None:
    standardized = standardize(customers()[0])

    assert standardized.mean(axis=0) == pytest.approx(0)
    assert standardized.std(axis=0) == pytest.approx(1)


@pytest.mark.parametrize(
    ("features", "names", "complaint"),
    [
        (np.full((9, 3), np.nan), NAMES, "finite"),
        (np.zeros((9, 3)), NAMES, "differ"),
        (customers()[0], ("data_gb", "tenure", "shoe_size"), "features that do not exist: age"),
    ],
)
def test_what_cannot_be_segmented_is_refused(
    features: Matrix, names: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        discover_segments(features, names, SIGNATURES, seed=1)


def test_the_module_works_on_its_own_as_a_warehouse_procedure_imports_it(tmp_path: Path) -> None:
    alone = tmp_path / "segmentation.py"
    alone.write_text(Path(segmentation.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    says = "import segmentation, sys; print([m for m in sys.modules if m.startswith('domain')])"

    ran = subprocess.run(
        [sys.executable, "-c", says], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"


def test_features_that_tell_nothing_do_not_drown_those_that_do() -> None:
    features, kind = customers()
    noise = np.random.default_rng(3).choice([0.0, 1.0], (250, 6))
    names = [*NAMES, *(f"noise_{place}" for place in range(6))]

    found = discover_segments(np.hstack([features, noise]), names, SIGNATURES, seed=1)

    assert adjusted_rand_score(kind, found.cluster) == 1


def test_segments_without_signatures_are_numbered_by_size() -> None:
    rng = np.random.default_rng(3)
    sizes, middles = (300, 100, 200), (-9.0, 0.0, 9.0)
    rows = np.concatenate(
        [rng.normal(middle, 1, (size, 2)) for size, middle in zip(sizes, middles, strict=True)]
    )

    found = discover_segments(rows, ("a", "b"), {"S1": {}, "S2": {}, "S3": {}}, seed=1)

    assert [found.shares[name] for name in ("S1", "S2", "S3")] == pytest.approx(
        [1 / 2, 1 / 3, 1 / 6]
    )
    assert set(found.mismatch.values()) == {0.0}


COUNTED: dict[str, dict[str, float]] = {"S1": {}, "S2": {}, "S3": {}}


def remembered(found: Segmentation, rows: int, shared: int) -> Earlier:
    """What is known of segments when `rows` customers come, the first `shared` of them again."""
    ids = found.segment_ids
    centers = {
        segment: dict(zip(map(str, NAMES), row, strict=True))
        for segment, row in zip(ids, found.centers.tolist(), strict=True)
    }
    place = np.array([sorted(ids).index(segment) for segment in ids], np.int32)
    before = np.full(rows, -1, np.int32)
    before[:shared] = place[found.cluster[:shared]]
    return Earlier.of(centers, NAMES, before)


@pytest.mark.parametrize("shared", [250, 60, 0])
def test_ids_stay_with_customers_or_with_what_they_are_like(shared: int) -> None:
    features, kind = customers()
    first = discover_segments(features, NAMES, COUNTED, seed=1)
    others, other_kind = customers(seed=8)
    # the smallest kind is the largest now, and of the customers of before only some are there
    swapped = np.where(other_kind == 0, 2, np.where(other_kind == 2, 0, 1))
    later = np.vstack([features[:shared], others + CENTERS[swapped] - CENTERS[other_kind]])
    earlier = remembered(first, len(later), shared)

    again = discover_segments(later, NAMES, COUNTED, seed=2, earlier=earlier)

    kinds = np.concatenate([kind[:shared], swapped])
    named = dict(zip(kind, np.array(first.segment_ids)[first.cluster], strict=True))
    assert [again.segment_ids[c] for c in again.cluster] == [named[k] for k in kinds]
    assert again.kept == (1.0 if shared else None)


def test_a_cluster_nobody_has_seen_gets_a_number_that_was_never_given() -> None:
    features, kind = customers()
    two = features[kind != 2]
    first = discover_segments(two, NAMES, {"S1": {}, "S2": {}}, seed=1)
    strange = np.where((kind == 2)[:, None], features + 300, features)
    earlier = remembered(first, len(features), 0)
    order = np.flatnonzero(kind != 2)
    place = np.array([sorted(first.segment_ids).index(i) for i in first.segment_ids], np.int32)
    earlier.before[order] = place[first.cluster]

    found = discover_segments(strange, NAMES, COUNTED, seed=1, earlier=earlier)

    assert sorted(found.segment_ids) == ["S1", "S2", "S3"]
    assert {found.segment_ids[c] for c in found.cluster[kind == 2]} == {"S3"}
    assert found.kept == 1.0


@pytest.mark.parametrize("seed", range(40))
def test_costs_are_assigned_as_another_solver_assigns_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 33))
    costs = rng.integers(0, 9, (rows, rows + int(rng.integers(0, 5)))).astype(np.float64)
    costs += rng.normal(size=costs.shape) * (seed % 2)  # even seeds have ties

    columns = assign(costs)

    assert len(set(columns.tolist())) == rows
    best = costs[linear_sum_assignment(costs)].sum()
    assert costs[np.arange(rows), columns].sum() == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
def test_clusters_are_as_tight_as_another_library_makes_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    middles = rng.normal(0, 4, (6, 4))
    rows = middles[rng.integers(6, size=3_000)] + rng.normal(size=(3_000, 4))

    found, squares = segmentation._k_means(rows, segmentation._start(rows, 6, rng))

    judge = KMeans().set_params(n_clusters=6, n_init=10, random_state=seed).fit(rows)
    assert squares <= -judge.score(rows) * 1.001
    assert found.shape == (6, 4)


def test_a_cluster_that_loses_its_rows_starts_again_elsewhere() -> None:
    rows = np.array([[0.0], [0.1], [5.0], [5.1], [9.0], [9.1]])

    found, squares = segmentation._k_means(rows, np.array([[0.0], [5.0], [500.0]]))

    assert sorted(found[:, 0]) == pytest.approx([0.05, 5.05, 9.05])
    assert squares == pytest.approx(6 * 0.05**2)


@pytest.mark.parametrize("seed", range(10))
def test_the_silhouette_is_that_of_another_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, scale = rng.normal(size=(int(rng.integers(5, 200)), 3)), rng.uniform(0.5, 2, 3)
    member = rng.integers(0, int(rng.integers(2, 6)), len(rows)).astype(np.int32)
    member[:2] = 0, 1

    found = segmentation._silhouette(rows, scale, member, rng)

    assert found == pytest.approx(silhouette_score(rows * scale, member), abs=1e-6)
