"""Memory of simulated dynos: a process that boots, serves and, as the case may be, leaks or jumps.

The parameters are drawn at random from a seed: sizes, noise with a memory of its own, traffic that rises and
falls, workers that are renewed. What a test expects follows from how the dyno is, not from what the reader
looks for. All sizes are shares of the quota until they become lines.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from diag.collect.logs.line import Line

BEGAN = 1795183331.0  # 2026-11-20T14:02:11Z
EVERY = 20.0


def leak(draw: random.Random) -> list[float]:
    """Each request may keep something; there are more requests by day."""
    count = draw.randint(300, 3000)
    base, end = draw.uniform(0.25, 0.8), draw.uniform(1.12, 1.9)
    kept = [draw.random() < 0.3 * _traffic(i, draw.random()) for i in range(count)]
    each = (end - base) / max(1, sum(kept))
    grown, level = [], base
    for more in kept:
        level += each * more
        grown.append(level)
    return _lived(draw, grown)


def too_big(draw: random.Random) -> list[float]:
    """More than there is as soon as it has loaded."""
    return _lived(draw, [draw.uniform(1.04, 1.8)] * draw.randint(60, 2000))


def fills_up(draw: random.Random) -> list[float]:
    """Caches that fill after the boot and are then full, over the quota."""
    count = draw.randint(600, 2000)
    base, full, time = draw.uniform(0.5, 0.9), draw.uniform(1.06, 1.5), count * draw.uniform(0.05, 0.18)
    return _lived(draw, [full - (full - base) * math.exp(-i / time) for i in range(count)])


def jumps(draw: random.Random) -> list[float]:
    """Room enough, but for a few requests."""
    series = [draw.uniform(0.3, 0.8)] * draw.randint(200, 2000)
    for _ in range(draw.randint(2, 9)):
        start, height = draw.randint(30, len(series) - 30), draw.uniform(1.15, 1.8)
        for i in range(start, start + draw.randint(1, 9)):
            series[i] = height
    return _lived(draw, series)


def healthy(draw: random.Random) -> list[float]:
    """Full but not too full: it warms up, workers are renewed, some requests need more for a while."""
    count = draw.randint(60, 3000)
    base, saw, every = draw.uniform(0.3, 0.78), draw.uniform(0, 0.08), draw.randint(20, 300)
    warm, time = draw.uniform(0, 0.08), count * draw.uniform(0.02, 0.25)
    series = [base + saw * (i % every) / every + warm * (1 - math.exp(-i / time)) for i in range(count)]
    for _ in range(draw.randint(0, 5)):
        series[draw.randrange(count)] += draw.uniform(0, 0.05)
    return [min(share, 0.985) for share in _lived(draw, series)]


def _traffic(index: int, phase: float) -> float:
    return 1 + 0.5 * math.sin(2 * math.pi * (index / 4320 + phase / 10))


def _lived(draw: random.Random, series: Sequence[float]) -> list[float]:
    """With a boot before it and noise on it that comes and goes."""
    sigma, memory, noise = draw.uniform(0.001, 0.008), draw.uniform(0, 0.9), 0.0
    loading, found = draw.uniform(1, 4), []
    for index, share in enumerate(series):
        noise = memory * noise + draw.gauss(0, sigma)
        found.append(max(0.02, share * min(1.0, (index + 1) / loading) + noise))
    return found


def lines(series: Sequence[float], quota: float, *, metrics: bool, first: int = 2) -> Iterator[Line]:
    """What Heroku would log about it; it kills what comes to twice the quota."""
    for index, share in enumerate(series):
        number, at, total = first + 3 * index, BEGAN + EVERY * (index + 1), share * quota
        if metrics:
            rss = min(total, quota)
            sizes = {"total": total, "rss": rss, "cache": 0.0, "swap": total - rss, "quota": quota}
            said = " ".join(f"sample#memory_{name}={mb:.2f}MB" for name, mb in sizes.items())
            yield Line(number, at, "heroku", "web.1", f"source=web.1 dyno=heroku.1.a {said}")
        if share > 1:
            mem = f"Process running mem={int(total)}M({100 * share:.1f}%)"
            yield Line(number + 1, at, "heroku", "web.1", mem)
            code = "R15 (Memory quota vastly exceeded)" if share > 2 else "R14 (Memory quota exceeded)"
            yield Line(number + 2, at, "heroku", "web.1", f"Error {code}")
        if share > 2:
            return
