"""Router lines of a simulated dyno: requests come at random, wait their turn in the socket's queue for one
of a few workers, and the router gives up after 30 s. The numbers are the queue's own, so what a test
expects follows from how the app is, not from what the reader looks for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from diag.collect.logs.line import Line

BEGAN = 1795183331.0  # 2026-11-20T14:02:11Z
LIMIT = 30.0


@dataclass(frozen=True)
class Route:
    """A path, how often it is asked for, and how long its work takes: on average and at least, in s."""

    method: str
    path: str
    weight: float
    mean: float
    least: float = 0.002

    def work(self, random: random.Random) -> float:
        return self.least + random.expovariate(1 / self.mean)


@dataclass(frozen=True)
class App:
    """Workers that take one request at a time, in the order the requests came."""

    routes: Sequence[Route]
    rate: float  # requests a second
    workers: int = 2
    seconds: float = 600
    seed: int = 1
    timeout: float | None = None  # gunicorn's, in s
    modern: bool = True
    dyno: str = "web.1"
    crowd: tuple[float, float, float] = (0, 0, 1)  # from second, to second, times the rate

    def lines(self) -> list[Line]:
        """All the log says, in order of time."""
        said = sorted(self._said(), key=lambda pair: pair[0])
        return [
            Line(number, at, "heroku" if process == "router" else "app", process, text)
            for number, (at, (process, text)) in enumerate(said, 1)
        ]

    def _said(self) -> Iterator[tuple[float, tuple[str, str]]]:
        chance = random.Random(self.seed)
        free = [BEGAN] * self.workers
        at = BEGAN
        while True:
            begin, end, times = self.crowd
            rate = self.rate * (times if begin <= at - BEGAN < end else 1)
            at += chance.expovariate(rate)
            if at > BEGAN + self.seconds:
                return
            route = chance.choices(self.routes, [r.weight for r in self.routes])[0]
            worker = min(range(self.workers), key=free.__getitem__)
            start = max(at, free[worker])
            done = start + route.work(chance)
            killed = self.timeout is not None and done > start + self.timeout
            if killed:
                assert self.timeout is not None
                done = start + self.timeout
                clock = stamp(done)[:19].replace("T", " ")
                text = f"[{clock} +0000] [4] [CRITICAL] WORKER TIMEOUT (pid:{7 + worker})"
                yield done, (self.dyno, text)
            free[worker] = done
            waited = done - at
            if waited > LIMIT:
                yield at + LIMIT, ("router", self._router(route, chance, "H12", LIMIT))
            elif killed:
                yield done + 0.01, ("router", self._router(route, chance, "H13", waited))
            else:
                yield done, ("router", self._router(route, chance, "", waited))

    def _router(self, route: Route, chance: random.Random, code: str, seconds: float) -> str:
        status, size = ("503", 0) if code else ("200", chance.randrange(200, 20_000))
        return router(
            method=route.method,
            path=route.path,
            code=code,
            dyno=self.dyno,
            service=round(seconds * 1000),
            status=status,
            size=size,
            modern=self.modern,
            request=str(UUID(int=chance.getrandbits(128), version=4)),
        )


DESCRIPTIONS = {
    "H10": "App crashed",
    "H11": "Backlog too deep",
    "H12": "Request timeout",
    "H13": "Connection closed without response",
    "H14": "No web processes running",
    "H15": "Idle connection",
    "H17": "Poorly formatted HTTP response",
    "H18": "Server Request Interrupted",
    "H19": "Backend connection timeout",
    "H20": "App boot timeout",
    "H21": "Backend connection refused",
    "H25": "HTTP restriction: oversized cookie",
    "H27": "Client Request Interrupted",
    "H28": "Client Connection Idle",
    "H34": "All up dynos are quarantined",
    "H80": "Maintenance mode",
    "H81": "Blank app",
    "H82": "Free app running time quota exhausted",
    "H99": "Platform error",
}
_LEVELS = {"H80": "info", "H81": "info", "H82": "info", "H27": "warning", "H28": "warning", "": "info"}
_SOCKS = {"H18": "sock=backend ", "H27": "sock=client "}


def router(  # noqa: PLR0913  a router line has many fields
    *,
    method: str = "GET",
    path: str = "/",
    code: str = "",
    dyno: str = "web.1",
    service: int | None = 12,
    connect: int | None = 0,
    status: str = "200",
    size: int | None = 312,
    modern: bool = True,
    request: str = "6f1c3a52-0d0e-4a5e-9d7f-1f0c2d3b4a59",
) -> str:
    """One router line, in the form of the legacy router or of Router 2.0."""
    failed = f'code={code} desc="{DESCRIPTIONS[code]}" ' if code else ""
    protocol = "http1.1 tls=true tls_version=tls1.3" if modern else "https"
    return (
        f'{_SOCKS.get(code, "")}at={_LEVELS.get(code, "error")} {failed}method={method} path="{path}" '
        f'host=shop.example.com request_id={request} fwd="203.0.113.7" dyno={dyno} '
        f"connect={'' if connect is None else f'{connect}ms'} "
        f"service={'' if service is None else f'{service}ms'} status={status} "
        f"bytes={'' if size is None else size} protocol={protocol}"
    )


def stamp(at: float) -> str:
    """The time as `heroku logs` prints it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
