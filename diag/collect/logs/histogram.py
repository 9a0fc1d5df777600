"""Durations counted in buckets an eighth of an octave wide: any number of them in little memory."""

from __future__ import annotations

_LINEAR = 8  # below this each millisecond has a bucket of its own
_HIGHEST = 1 << 27  # 37 hours


class Histogram:
    """Durations in milliseconds. Percentiles are right within an eighth; extremes and the mean are exact."""

    __slots__ = ("_buckets", "count", "highest", "lowest", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.lowest = _HIGHEST
        self.highest = 0
        self._buckets: dict[int, int] = {}

    def add(self, ms: int) -> None:
        """One more duration."""
        ms = min(ms, _HIGHEST)
        self.count += 1
        self.total += ms
        if ms < self.lowest:  # noqa: PLR1730  quicker than min(), and asked of each request
            self.lowest = ms
        if ms > self.highest:  # noqa: PLR1730
            self.highest = ms
        shift = max(0, ms.bit_length() - 4)
        bucket = (shift << 3) + (ms >> shift)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1

    def merge(self, other: Histogram) -> None:
        """All of another's durations too."""
        self.count += other.count
        self.total += other.total
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)
        for bucket, count in other._buckets.items():
            self._buckets[bucket] = self._buckets.get(bucket, 0) + count

    def percentile(self, percent: float) -> int | None:
        """The duration that this many percent do not exceed, in milliseconds; None of nothing."""
        if not self.count:
            return None
        left = max(1.0, self.count * percent / 100)
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return min(max(_middle(bucket), self.lowest), self.highest)
        return self.highest


def _middle(bucket: int) -> int:
    """Shift s holds 8·2^s to 16·2^s - 1 in the buckets 8s + 8 to 8s + 15; the first 8 hold 0 to 7."""
    if bucket < 2 * _LINEAR:
        return bucket
    shift = (bucket >> 3) - 1
    low = (bucket - (shift << 3)) << shift
    return low + (1 << shift) // 2
