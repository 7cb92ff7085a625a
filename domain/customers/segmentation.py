"""Segmentation: find groups of customers in their features and name them by what is known.

A Snowflake procedure imports this file on its own, so it may import numpy, threadpoolctl and the
standard library, and nothing of ours.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Matrix = NDArray[np.float64]
Members = NDArray[np.intp]  # the cluster of each row

STARTS = 10  # each refined on its own; the tightest clusters win
TRIES = 5  # k-means++ runs behind each start: a single run found the best clusters 7 times in 30
START_ROWS = 5_000  # starts differ by far more than such a sample; 20,000 rows find the same
FIT_ROWS = 100_000  # measured: same clusters as a fit on 1M rows (adjusted Rand 0.997), 7x faster
ROUNDS = 12  # refinement settles in 3 to 8 rounds
CANDIDATES = 4  # rows compared for each centroid to start from, as 2 + log k has it for k = 8
PASSES = 300  # of k-means, at most; it is over after 10 to 60
STILL = 1e-4  # share of rows that may still change cluster when k-means is over
SETTLED = 0.001  # share of customers that may still change cluster
LEAST_SPREAD = (
    0.3  # no feature counts more than three times a standardized one: a yes-or-no feature
)
# that a cluster happens to agree on would otherwise rule alone
BLOCK_ROWS = 65_536  # copies of so many rows stay in the cache; a copy of all would double memory
FEWEST_SHARED = 10  # customers a segment, on the mean, by whom segments are known again; chosen
SILHOUETTE_ROWS = 3_000  # chosen: the cost grows with the square, the error is below 0.01


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Clusters of n customers. `segment_ids[cluster[i]]` is the segment of row i.

    `centroids`, shape (k, features), lie in standard deviations from the customer base.
    `distance` is to the row's own centroid, in standard deviations within segments; `inertia` is
    its mean square, and `silhouette`, -1 to 1, is measured with it on a sample. `mismatch` is how
    far centroids lie from the profiles that named them, by segment, in standard deviations of the
    base. `shares` sum to 1. `centers`, (k, features), are the means of the customers in the
    features' own units; `kept` is the share of customers whose segment has the id of the one they
    were in before, None where nobody was in any.
    """

    segment_ids: tuple[str, ...]
    cluster: NDArray[np.int32]
    distance: NDArray[np.float64]
    centroids: Matrix
    inertia: float
    silhouette: float
    shares: dict[str, float]
    mismatch: dict[str, float]
    centers: Matrix
    kept: float | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Segments found before, so that their ids stay with the same customers.

    `centers`, (k, features), are means of their customers in the features' own units. `before` is,
    for each of n rows, the place in `segment_ids` of the segment it was in, -1 for one in none. Of
    a segment that nobody is in any more the center alone is known.
    """

    segment_ids: tuple[str, ...]
    centers: Matrix
    before: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        centers: Mapping[str, Mapping[str, float]],
        feature_names: Sequence[str],
        before: NDArray[np.int32],
    ) -> Earlier:
        """From centers by segment and feature; `before` are places among the segments in order.

        A segment that was found in other features cannot be recognized by its center.
        """
        ids = tuple(sorted(centers))
        rows = [[centers[i].get(name, np.nan) for name in feature_names] for i in ids]
        shape = (len(ids), len(feature_names))
        return cls(ids, np.array(rows, np.float64).reshape(shape), before)


Discover = Callable[[Matrix, Sequence[str], int, Earlier], Segmentation]
"""Finds segments in a feature matrix, given its column names, a seed and those found before."""


def discover_segments(
    features: Matrix,
    feature_names: Sequence[str],
    signatures: Mapping[str, Mapping[str, float]],
    *,
    seed: int,
    earlier: Earlier | None = None,
) -> Segmentation:
    """As many segments as there are signatures, by k-means on standardized features.

    Standardizing gives every feature the same say, also one that differs as much inside a segment
    as between them. So each start is refined: features are scaled to spread 1 within the clusters
    found, and k-means goes on from there until customers stay where they are. This is the hard
    form of a Gaussian mixture with one diagonal covariance (Banfield and Raftery 1993), whose
    likelihood also chooses among the starts.

    `features` has shape (n, len(feature_names)). A signature gives, by feature name, how many
    standard deviations a segment lies from the base; a feature it leaves out lies at the base.
    The same rows in the same order and the same seed give the same answer. Raises ValueError when
    a feature is not finite, a signature names an unknown feature, or fewer rows than segments
    differ from each other.
    Segments whose signatures are all empty keep the ids of `earlier` ones, see _known_again;
    new ones are numbered by size, with numbers no earlier one ever had.
    """
    # One thread: the samples are too small to share. On two cores that others use too, OpenMP's
    # threads took 10.6 s to wait for each other where one takes 1.3 s. It also adds in one order.
    with threadpool_limits(limits=1):
        targets = _targets(feature_names, signatures)
        return _discover(features, targets, tuple(signatures), seed, earlier)


def _discover(
    features: Matrix, targets: Matrix, ids: tuple[str, ...], seed: int, earlier: Earlier | None
) -> Segmentation:
    standardized = standardize(features)
    rng = np.random.default_rng(seed)
    clusters = _cluster(standardized, len(ids), rng)
    cluster, distance = clusters.members(standardized)
    centroids = clusters.centroids
    counts = np.bincount(cluster, minlength=len(ids))
    centers = _means(features, cluster, counts)
    if targets.any():
        profile_of_cluster, gaps = _name(centroids, targets)
        segment_ids = tuple(ids[profile] for profile in profile_of_cluster)
    else:
        gaps = np.zeros(len(ids))
        segment_ids = _known_again(cluster, counts, centers, features.std(axis=0), earlier)
    return Segmentation(
        segment_ids=segment_ids,
        cluster=cluster,
        distance=distance,
        centroids=centroids,
        inertia=float(np.mean(distance**2)),
        silhouette=_silhouette(standardized, clusters.scale, cluster, rng),
        shares=dict(zip(segment_ids, (counts / counts.sum()).tolist(), strict=True)),
        mismatch=dict(zip(segment_ids, gaps.tolist(), strict=True)),
        centers=centers,
        kept=_kept(segment_ids, cluster, earlier),
    )


def standardize(features: Matrix) -> Matrix:
    """Columns with mean 0 and standard deviation 1; a constant column becomes all zeros.

    Raises ValueError when a value is not finite.
    """
    low, high = features.min(axis=0), features.max(axis=0)  # NaN is the least and the greatest
    if not np.isfinite([low, high]).all():
        raise ValueError("a clustering feature is not a finite number")
    standardized: Matrix = features - features.mean(axis=0)
    spread = np.sqrt(np.einsum("ij,ij->j", standardized, standardized) / len(features))
    standardized *= np.divide(1, spread, out=np.zeros_like(spread), where=low < high)
    return standardized


def _targets(names: Sequence[str], signatures: Mapping[str, Mapping[str, float]]) -> Matrix:
    """Signatures as rows over the features, shape (k, features)."""
    unknown = sorted({name for signature in signatures.values() for name in signature} - {*names})
    if unknown:
        raise ValueError(f"signatures name features that do not exist: {', '.join(unknown)}")
    rows = [[signature.get(name, 0.0) for name in names] for signature in signatures.values()]
    return np.array(rows, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Centroids in standardized features, and what each feature is multiplied by to measure."""

    centroids: Matrix
    scale: NDArray[np.float64]

    def nearest(self, rows: Matrix) -> Members:
        """The cluster each row lies closest to."""
        closeness = _closeness((rows * self.scale).T, self.centroids * self.scale)
        return np.asarray(closeness.argmax(axis=0))

    def members(self, rows: Matrix) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The cluster each row lies closest to, and how far from its centroid it lies there."""
        cluster = np.empty(len(rows), dtype=np.int32)
        distance = np.empty(len(rows), dtype=np.float64)
        for first in range(0, len(rows), BLOCK_ROWS):
            block = slice(first, first + BLOCK_ROWS)
            cluster[block] = self.nearest(rows[block])
            away = (rows[block] - self.centroids[cluster[block]]) * self.scale
            distance[block] = np.sqrt(np.einsum("ij,ij->i", away, away))
        return cluster, distance

    @property
    def looseness(self) -> float:
        """Minus the log likelihood per row, but for a constant."""
        return float(-np.log(self.scale).sum())


def _cluster(rows: Matrix, count: int, rng: np.random.Generator) -> _Clusters:
    """The tightest clusters of several starts on a sample, settled on a larger one."""
    sample = _sample(rows, START_ROWS, rng)
    if np.unique(sample, axis=0).shape[0] < count:
        raise ValueError(f"fewer than {count} customers differ from each other")
    equal = np.ones(rows.shape[1])
    starts = (_Clusters(_start(sample, count, rng), equal) for _ in range(STARTS))
    best = min((_settle(sample, start) for start in starts), key=lambda found: found.looseness)
    return _settle(_sample(rows, FIT_ROWS, rng), best)


def _settle(rows: Matrix, clusters: _Clusters) -> _Clusters:
    """Scale features to their spread within clusters and cluster again, until few rows move."""
    member = clusters.nearest(rows)
    for _ in range(ROUNDS):
        spread = (rows - clusters.centroids[member]).std(axis=0)
        scale = 1 / np.maximum(spread, LEAST_SPREAD)
        moved, _ = _k_means(rows * scale, clusters.centroids * scale)
        clusters = _Clusters(moved / scale, scale)
        before, member = member, clusters.nearest(rows)
        if np.mean(before != member) <= SETTLED:
            break
    return clusters


def _start(rows: Matrix, count: int, rng: np.random.Generator) -> Matrix:
    """Centroids of the tightest of several clusterings, each from other rows."""
    tries = [_k_means(rows, _spread_out(rows, count, rng)) for _ in range(TRIES)]
    tightest, _ = min(tries, key=lambda tried: tried[1])
    return tightest


def _spread_out(rows: Matrix, count: int, rng: np.random.Generator) -> Matrix:
    """Rows to start from, far from each other: greedy k-means++ (Arthur and Vassilvitskii 2007)."""
    chosen = [int(rng.integers(len(rows)))]
    left = _squares_from(rows, rows[chosen])[0]
    for _ in range(1, count):
        drawn = rng.choice(len(rows), CANDIDATES, p=left / left.sum())
        would_leave = np.minimum(left, _squares_from(rows, rows[drawn]))
        best = int(would_leave.sum(axis=1).argmin())
        chosen.append(int(drawn[best]))
        left = would_leave[best]
    start: Matrix = rows[chosen]
    return start


def _k_means(rows: Matrix, centroids: Matrix) -> tuple[Matrix, float]:
    """Where Lloyd's algorithm (1982) takes the centroids, and the squares it leaves.

    A cluster that loses all its rows starts again at the row farthest from its own centroid.
    """
    columns, squares = np.ascontiguousarray(rows.T), np.einsum("ij,ij->i", rows, rows)
    member: Members = np.full(len(rows), -1)
    left = squares
    for _ in range(PASSES):
        closeness = _closeness(columns, centroids)
        before, member = member, closeness.argmax(axis=0)
        left = squares - closeness.max(axis=0)
        if np.count_nonzero(before != member) <= STILL * len(rows):
            break
        belongs = (member == np.arange(len(centroids))[:, None]).astype(np.float64)
        counts = belongs.sum(axis=1)
        centroids = (belongs @ rows) / np.maximum(counts, 1)[:, None]
        empty = np.flatnonzero(counts == 0)
        centroids[empty] = rows[np.argsort(-left, kind="stable")[: len(empty)]]
    return centroids, float(left.sum())


def _closeness(columns: Matrix, centroids: Matrix) -> Matrix:
    """How close rows are to centroids, shape (centroids, rows): their square less that distance's.

    `columns` has shape (features, rows): numpy is quick along the last axis.
    """
    squares = np.einsum("ij,ij->i", centroids, centroids)
    return np.asarray(2 * (centroids @ columns) - squares[:, None])


def _squares_from(rows: Matrix, points: Matrix) -> Matrix:
    """Squared distances, shape (points, rows), never below zero."""
    squares = np.einsum("ij,ij->i", rows, rows)
    return np.asarray(np.maximum(squares - _closeness(rows.T, points), 0.0))


def _sample(rows: Matrix, size: int, rng: np.random.Generator) -> Matrix:
    if rows.shape[0] <= size:
        return rows
    return rows[np.sort(rng.choice(rows.shape[0], size, replace=False))]


def _name(centroids: Matrix, targets: Matrix) -> tuple[NDArray[np.intp], Matrix]:
    """For each cluster the profile it is given, so that the squared gaps are least in sum."""
    gaps = ((centroids[:, None, :] - targets[None, :, :]) ** 2).sum(axis=2)
    profiles = assign(gaps)
    return profiles, np.sqrt(gaps[np.arange(len(gaps)), profiles])


def assign(costs: Matrix) -> NDArray[np.intp]:
    """A column for each row, no column twice, so that their costs are least in sum.

    Shortest augmenting paths (Jonker and Volgenant 1987), for finite costs of shape (rows, columns)
    with no more rows than columns.
    """
    rows, columns = costs.shape
    row_of = np.full(columns, -1)
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    for new in range(rows):
        length, came_from = np.full(columns, np.inf), np.full(columns, -1)
        done = np.zeros(columns, dtype=bool)
        row, column, walked = new, -1, 0.0
        while row >= 0:
            there = walked + costs[row] - row_price[row] - column_price
            nearer = ~done & (there < length)
            length[nearer], came_from[nearer] = there[nearer], column
            column = int(np.where(done, np.inf, length).argmin())
            walked, row = float(length[column]), int(row_of[column])
            done[column] = True
        done[column] = False
        row_price[new] += walked
        row_price[row_of[done]] += walked - length[done]
        column_price[done] -= walked - length[done]
        while column >= 0:
            before = came_from[column]
            row_of[column] = new if before < 0 else row_of[before]
            column = before
    taken = np.flatnonzero(row_of >= 0)
    return taken[np.argsort(row_of[taken])]


def _known_again(
    cluster: NDArray[np.int32],
    counts: NDArray[np.intp],
    centers: Matrix,
    spread: NDArray[np.float64],
    earlier: Earlier | None,
) -> tuple[str, ...]:
    """For each cluster the id of the earlier segment it is, or a number that was never given.

    It is known by the customers it shares with one, or else by what they are like. `spread` is the
    standard deviation of each feature.
    """
    known: dict[int, str] = {}
    taken: set[str] = set()
    if earlier is not None:
        same = _by_customers(cluster, len(counts), earlier)
        same |= _by_centers(centers, spread, earlier, same)
        known = {place: earlier.segment_ids[segment] for place, segment in same.items()}
        taken = set(earlier.segment_ids)
    new = (f"S{number}" for number in itertools.count(1) if f"S{number}" not in taken)
    by_size = np.argsort(-counts, kind="stable").tolist()
    known |= {place: next(new) for place in by_size if place not in known}
    return tuple(known[place] for place in range(len(counts)))


def _by_customers(cluster: NDArray[np.int32], count: int, earlier: Earlier) -> dict[int, int]:
    """The earlier segment of each cluster, so that most customers stay; nothing for few customers.

    What is shared must be more than two groups of their sizes would share by chance.
    """
    known = earlier.before >= 0
    shared = np.zeros((count, len(earlier.segment_ids)))
    np.add.at(shared, (cluster[known], earlier.before[known]), 1)
    if shared.sum() < FEWEST_SHARED * count:
        return {}
    chance = np.outer(shared.sum(axis=1), shared.sum(axis=0)) / shared.sum()
    above = shared > chance
    return {place: segment for place, segment in _pairs(-shared) if above[place, segment]}


def _by_centers(
    centers: Matrix, spread: NDArray[np.float64], earlier: Earlier, same: Mapping[int, int]
) -> dict[int, int]:
    """The earlier segment of each cluster that is not `same` already, where one lies nearest to it.

    Nearest: of all clusters to the segment, or of all segments to the cluster.
    """
    scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)
    gaps = ((centers[:, None, :] - earlier.centers[None, :, :]) * scale) ** 2
    away = np.nan_to_num(gaps.sum(axis=2), nan=np.inf)
    places = [place for place in range(len(centers)) if place not in same]
    segments = [s for s in range(len(earlier.segment_ids)) if s not in same.values()]
    segments = [segment for segment in segments if np.isfinite(away[:, segment]).all()]
    if not places or not segments:
        return {}
    nearest = _pairs(away[np.ix_(places, segments)])
    pairs = [(places[row], segments[column]) for row, column in nearest]
    return {
        place: segment
        for place, segment in pairs
        if place == away[:, segment].argmin() or segment == away[place].argmin()
    }


def _pairs(costs: Matrix) -> list[tuple[int, int]]:
    """Rows and columns, as many as there can be, so that their costs are least in sum."""
    if costs.shape[0] > costs.shape[1]:
        return [(row, column) for column, row in _pairs(costs.T)]
    return list(enumerate(assign(costs).tolist()))


def _means(features: Matrix, cluster: NDArray[np.int32], counts: NDArray[np.intp]) -> Matrix:
    """The mean of each feature over the rows of each cluster, shape (k, features)."""
    sums = [np.bincount(cluster, column, minlength=len(counts)) for column in features.T]
    means: Matrix = np.array(sums).T / np.maximum(counts, 1)[:, None]
    return means


def _kept(
    segment_ids: tuple[str, ...], cluster: NDArray[np.int32], earlier: Earlier | None
) -> float | None:
    """Share of the customers who were in a segment that are in the one of its id again."""
    if earlier is None or not (known := earlier.before >= 0).any():
        return None
    now, then = np.array(segment_ids), np.array(earlier.segment_ids)
    return float(np.mean(now[cluster[known]] == then[earlier.before[known]]))


def _silhouette(
    rows: Matrix,
    scale: NDArray[np.float64],
    cluster: NDArray[np.int32],
    rng: np.random.Generator,
) -> float:
    """Mean silhouette (Rousseeuw 1987) of a sample; 0 where it shows only one cluster."""
    size = min(SILHOUETTE_ROWS, rows.shape[0])
    chosen = np.sort(rng.choice(rows.shape[0], size, replace=False))
    seen, member = np.unique(cluster[chosen], return_inverse=True)
    if not 1 < seen.size < size:
        return 0.0
    points = rows[chosen] * scale
    belongs = (member == np.arange(seen.size)[:, None]).astype(np.float64)
    counts = belongs.sum(axis=1)
    in_sum = belongs @ np.sqrt(_squares_from(points, points))  # a row is at no distance of itself
    own = (member, np.arange(size))
    inside = in_sum[own] / np.maximum(counts[member] - 1, 1)
    in_sum[own] = np.inf
    outside = (in_sum / counts[:, None]).min(axis=0)
    alone = counts[member] == 1
    return float(np.where(alone, 0.0, (outside - inside) / np.maximum(inside, outside)).mean())
