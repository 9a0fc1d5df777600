"""A series of memory samples in bounded space, and what its shape tells: steady growth, or not.

Pure statistics: no log lines, no causes. Times are in seconds, memory in MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

RAW = 64  # samples that wait to be put into points
POINTS = 384  # points kept of one series
STRETCHES = 40
SLOPES = 60  # points the slope is taken over: their pairs are counted
GAP_SECONDS = 75.0  # R14 repeats every 20 s while it lasts, so after three of them it was over

# Growth: floors of consecutive windows that rise again and again, and don't fall back.
_WINDOWS = 8
_PART = 12  # points for a shape
_FALLS = 0.15  # of the quota at once: a process ended, or a large request
_RISE = 0.04  # of the quota, at least
_NOISE = 2.0  # times the usual step from sample to sample, at least
_FALL = 0.2  # of the rise may be given back
_STEP = 0.05  # of the rise makes a window a rising one
# What a line gains in its second half is one half; what saturates gains less, a late jump more.
_SECOND_HALF = (0.28, 0.85)


_Plain = tuple[float, float, float]  # of a Point


class Point(NamedTuple):
    """The lowest and the highest sample from `at` on."""

    at: float
    low: float
    high: float


class Series:
    """Samples of one launch. Of long series neighbours are put together, their extremes kept."""

    __slots__ = ("_points", "_raw", "_stride", "count")

    def __init__(self) -> None:
        self.count = 0
        self._raw: list[tuple[float, float]] = []
        self._points: list[_Plain] = []
        self._stride = 1

    def add(self, at: float, mb: float) -> None:
        """One sample."""
        raw = self._raw
        raw.append((at, mb))
        if len(raw) >= RAW:
            self._fold()

    def extend(self, samples: Sequence[tuple[float, float]]) -> None:
        """Several samples."""
        self._raw += samples
        if len(self._raw) >= RAW:
            self._fold()

    def _fold(self) -> None:
        self.count += len(self._raw)
        self._points += _bucketed(self._raw, self._stride)
        self._raw.clear()
        while len(self._points) > POINTS:
            self._points = _halved(self._points)
            self._stride = min(2 * self._stride, RAW)  # from there on each fold is one point

    @property
    def samples(self) -> int:
        """How many there were."""
        return self.count + len(self._raw)

    def points(self) -> list[Point]:
        """The series in order of time."""
        return sorted(Point(*each) for each in self._points + _bucketed(self._raw, self._stride))


def _bucketed(raw: Sequence[tuple[float, float]], stride: int) -> list[_Plain]:
    if stride == 1:
        return [(at, mb, mb) for at, mb in raw]
    found = []
    for start in range(0, len(raw), stride):
        values = [mb for _, mb in raw[start : start + stride]]
        found.append((raw[start][0], min(values), max(values)))
    return found


def _halved(points: list[_Plain]) -> list[_Plain]:
    pairs = zip(points[::2], points[1::2], strict=False)
    found = [(a[0], min(a[1], b[1]), max(a[2], b[2])) for a, b in pairs]
    return found + points[len(points) & ~1 :]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies, without interpolation."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def slope(points: Sequence[Point]) -> float:
    """MB an hour by Theil and Sen: the median of the slopes of all pairs, so outliers don't count."""
    step = -(-len(points) // SLOPES)
    kept = points[::step] if step else points
    slopes = [
        (b.low - a.low) / (b.at - a.at)
        for index, a in enumerate(kept)
        for b in kept[index + 1 :]
        if b.at > a.at
    ]
    return 3600 * median(slopes) if slopes else 0.0


@dataclass(frozen=True, slots=True)
class Growth:
    """Floors that rise from `first` to `last` MB; `steadiness` is 1 for a straight line."""

    first: float
    last: float
    steadiness: float
    mb_per_hour: float


def growth(points: Sequence[Point], quota: float) -> Growth | None:
    """Steady growth, in a line or in steps; None for a level, a warm-up that flattens, a lone jump."""
    if len(points) < _PART:
        return None
    count = _WINDOWS if len(points) >= 4 * _WINDOWS else 4
    floors = _floors(points, count)
    rise = floors[-1] - floors[0]
    usual_step = median(abs(b.low - a.low) for a, b in pairwise(points))
    if rise < max(_RISE * quota, _NOISE * usual_step):
        return None
    highest, fall = floors[0], 0.0
    for floor in floors:
        highest = max(highest, floor)
        fall = max(fall, highest - floor)
    if fall > max(_FALL * rise, 0.01 * quota):
        return None
    if sum(b - a > _STEP * rise for a, b in pairwise(floors)) < 3 * count // 8 + (count < _WINDOWS):
        return None
    middle = (floors[count // 2 - 1] + floors[count // 2]) / 2
    second_half = (floors[-1] - middle) / rise
    if not _SECOND_HALF[0] <= second_half <= _SECOND_HALF[1]:
        return None
    return Growth(floors[0], floors[-1], _steadiness(floors), slope(points))


def renewals(points: Sequence[Point], quota: float) -> list[Growth]:
    """Growth again and again between falls: what leaks is renewed, as gunicorn's --max-requests does."""
    starts = [index for index, (a, b) in enumerate(pairwise(points), 1) if a.high - b.low > _FALLS * quota]
    edges = [0, *starts, len(points)]
    parts = [points[a:b] for a, b in pairwise(edges) if b - a >= _PART]
    return [grown for part in parts if (grown := growth(part, quota)) is not None]


def _floors(points: Sequence[Point], count: int) -> list[float]:
    """The lower third of each of `count` windows: what short excursions don't lift."""
    edges = [round(index * len(points) / count) for index in range(count + 1)]
    return [quantile([p.low for p in points[a:b]], 0.3) for a, b in pairwise(edges)]


def _steadiness(values: Sequence[float]) -> float:
    """The coefficient of determination of a straight line through them."""
    count = len(values)
    mean_x, mean_y = (count - 1) / 2, sum(values) / count
    over = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values))
    spread_x = sum((x - mean_x) ** 2 for x in range(count))
    spread_y = sum((y - mean_y) ** 2 for y in values)
    return over * over / (spread_x * spread_y) if spread_y else 0.0


@dataclass(slots=True)
class Stretch:
    """A time without a break over the quota, as R14 lines tell it: from `began` to `ended`."""

    began: float
    ended: float
    first: float
    peak: float
    last: float
    count: int = 1


class Stretches:
    """The times over the quota of one launch; the middle ones of many are left out."""

    __slots__ = ("all", "count")

    def __init__(self) -> None:
        self.all: list[Stretch] = []
        self.count = 0

    def add(self, at: float, mb: float) -> None:
        """One sample over the quota."""
        last = self.all[-1] if self.all else None
        if last is not None and 0 <= at - last.ended <= GAP_SECONDS:
            last.ended, last.last = at, mb
            last.peak = max(last.peak, mb)
            last.count += 1
            return
        self.count += 1
        self.all.append(Stretch(at, at, mb, mb, mb))
        if len(self.all) > STRETCHES:
            del self.all[STRETCHES // 2]
