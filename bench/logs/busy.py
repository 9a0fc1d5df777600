"""A busy Flask app on Cedar: mostly router, access and metrics lines, and a week's usual trouble.

Four web dynos and a worker. One dyno is over its quota for hours (R14), one endpoint is too slow at
times (H12, WORKER TIMEOUT), clients give up (H27), a request in thousands raises; there are deploys
and the daily cycling. The old router is replaced by the new one after a third of the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

from bench.logs import router
from bench.logs.life import BEGAN, Life
from bench.logs.router import Request

WEB = tuple(f"web.{n}" for n in range(1, 5))
DYNOS = (*WEB, "worker.1")
QUOTA = 512.0
MODERN_FROM = 26 * 3600.0  # seconds from the beginning
R14_FROM, R14_TO = 9 * 3600.0, 15 * 3600.0
PATHS = (
    ("GET", "/", 200, 5120, 12),
    ("POST", "/predict", 200, 312, 140),
    ("POST", "/predict", 200, 296, 95),
    ("GET", "/static/app.css", 304, 0, 2),
    ("GET", "/static/js/main.4f2c9a1b.js", 200, 148_211, 4),
    ("GET", "/healthz", 200, 148, 3),
    ("GET", "/api/v1/models?page={}&per_page=50", 200, 9_412, 31),
    ("GET", "/users/{}/history", 200, 2_210, 58),
    ("GET", "/favicon.ico", 404, 207, 1),
    ("GET", "/wp-login.php", 404, 207, 2),
    ("POST", "/login", 302, 219, 210),
    ("POST", "/api/v1/batch", 202, 88, 17),
    ("OPTIONS", "/predict", 204, 0, 1),
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "python-requests/2.32.5",
    "kube-probe/1.31",
    "-",
)
REFERRERS = ("-", "https://www.example.com/")
SITE = "/app/.heroku/python/lib/python3.12/site-packages"
TRACEBACK = f"""\
Traceback (most recent call last):
  File "{SITE}/flask/app.py", line 1511, in wsgi_app
    response = self.full_dispatch_request()
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{SITE}/flask/app.py", line 919, in full_dispatch_request
    rv = self.handle_user_exception(e)
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{SITE}/flask/app.py", line 917, in full_dispatch_request
    rv = self.dispatch_request()
         ^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/app.py", line 61, in predict
    features = [float(row[name]) for name in COLUMNS]
                      ~~~^^^^^^
KeyError: 'age'"""


class Busy:
    """The lines, without end."""

    def __init__(self, seed: int = 4) -> None:
        self.life = Life(seed)
        self.release = 211
        for n, dyno in enumerate(DYNOS):
            self.life.every(20.4, partial(self._metrics, dyno), first=4.0 * n)
            self.life.every(86_400 + 600.0 * n, partial(self._restart, dyno, "Cycling"), first=70_000)
        self.life.every(7 * 3600, self._deploy, first=2 * 3600)
        self.life.every(2.7 * 3600, self._slow, first=1.2 * 3600)

    @property
    def modern(self) -> bool:
        return self.life.now - BEGAN > MODERN_FROM

    def lines(self) -> Iterator[str]:
        life = self.life
        yield life.line("app", "api", f"Release v{self.release} created by user deploy@example.com")
        for dyno in DYNOS:
            yield from self._start(dyno)
        while True:
            yield from life.pass_time(life.chance.expovariate(3.1))
            yield from self._request()

    def _asked(self, dyno: str) -> Request:
        """A request to one of the app's routes. Most have a number or a query of their own."""
        life = self.life
        method, path, status, size, service = life.chance.choice(PATHS)
        if "{" in path:
            path = path.replace("{}", str(life.chance.randrange(90_000)))
        return Request(
            dyno, method, path, status, size, int(service * life.chance.lognormvariate(0, 0.6)) + 1
        )

    def _request(self) -> Iterator[str]:
        life = self.life
        roll = life.chance.random()
        request = self._asked(life.chance.choice(WEB))
        if roll < 0.0004:
            yield from self._raised(request.dyno)
            request = Request(request.dyno, "POST", "/predict", 500, 265, request.service)
        elif roll < 0.0011:
            yield router.error(life, "H27", request, modern=self.modern)
            return
        elif roll < 0.0012:
            broken = Request(request.dyno, "POST", "/api/v1/batch")
            yield router.error(life, "H18", broken, modern=self.modern)
            return
        elif roll < 0.12:
            yield life.line("app", request.dyno, self._said(roll))
        yield self._access(request)
        yield router.success(life, request, modern=self.modern)

    def _access(self, request: Request) -> str:
        """Gunicorn's line about a request."""
        life = self.life
        bits = life.chance.getrandbits(16)
        return life.line(
            "app",
            request.dyno,
            f"10.1.{bits & 255}.{bits >> 8} - - [{life.clock('%d/%b/%Y:%H:%M:%S +0000')}] "
            f'"{request.method} {request.path} HTTP/1.1" {request.status} {request.size} '
            f'"{REFERRERS[bits & 1]}" "{life.chance.choice(AGENTS)}"',
        )

    def _said(self, roll: float) -> str:
        """What the app itself logs: plain, Python's logging, JSON."""
        n = int(roll * 1e7)
        form = n % 4
        if form == 0:
            return f"INFO:predict:42 features, batch of {n % 32 + 1}, {n % 180} ms"
        if form == 1:
            clock = self.life.clock("%Y-%m-%d %H:%M:%S")
            key = f"model:v3:{n % 4096:04x}"
            return f"{clock},{n % 1000:03d} WARNING [app.cache] miss for {key}, 17 keys evicted"
        if form == 2:
            return (
                f'{{"event": "prediction", "level": "info", "user_id": {n % 90_000}, "ms": {n % 300}, '
                f'"model": "v3", "request_id": "{self.life.uuid()}"}}'
            )
        return f"1/1 ━━━━━━━━━━━━━━━━━━━━ 0s {n % 90}ms/step"

    def _raised(self, dyno: str) -> Iterator[str]:
        clock = self.life.clock("%Y-%m-%d %H:%M:%S,123")
        yield self.life.line("app", dyno, f"[{clock}] ERROR in app: Exception on /predict [POST]")
        for text in TRACEBACK.splitlines():
            yield self.life.line("app", dyno, text)

    def _metrics(self, dyno: str) -> Iterator[str]:
        life = self.life
        since = life.now - BEGAN
        over = dyno == "web.2" and R14_FROM < since < R14_TO
        rss = (480 + (since - R14_FROM) / 300 if over else 330) + life.chance.uniform(-4, 4)
        cache = 11.5 + life.chance.random()
        swap = max(0.0, rss - 500)
        total = rss + cache + swap
        head = f"source={dyno} dyno=heroku.145151706.{_DYNO_IDS[dyno]}"
        load = life.chance.random()
        yield life.line(
            "heroku",
            dyno,
            f"{head} sample#load_avg_1m={load:.2f} sample#load_avg_5m={load * 0.8:.2f} "
            f"sample#load_avg_15m={load * 0.6:.2f}",
        )
        yield life.line(
            "heroku",
            dyno,
            f"{head} sample#memory_total={total:.2f}MB sample#memory_rss={rss:.2f}MB "
            f"sample#memory_cache={cache:.2f}MB sample#memory_swap={swap:.2f}MB "
            f"sample#memory_pgpgin={int(since * 90)}pages sample#memory_pgpgout={int(since * 71)}pages "
            f"sample#memory_quota={QUOTA:.2f}MB",
        )
        if total > QUOTA:
            yield life.line("heroku", dyno, f"Process running mem={int(total)}M({total / QUOTA:.1%})")
            yield life.line("heroku", dyno, "Error R14 (Memory quota exceeded)")

    def _slow(self) -> Iterator[str]:
        """A report that takes a minute: the router gives up, gunicorn kills the worker."""
        life = self.life
        dyno = life.chance.choice(WEB)
        for _ in range(life.chance.randrange(4, 16)):
            yield router.error(life, "H12", Request(dyno, "GET", "/reports/monthly"), modern=self.modern)
            life.now += 0.4
        clock = life.clock("[%Y-%m-%d %H:%M:%S +0000]")
        pid = life.chance.randrange(9, 90)
        yield life.line("app", dyno, f"{clock} [2] [CRITICAL] WORKER TIMEOUT (pid:{pid})")
        yield life.line(
            "app", dyno, f"{clock} [2] [ERROR] Worker (pid:{pid}) was sent SIGKILL! Perhaps out of memory?"
        )
        yield life.line("app", dyno, f"{clock} [{pid + 7}] [INFO] Booting worker with pid: {pid + 7}")

    def _deploy(self) -> Iterator[str]:
        self.release += 1
        life = self.life
        yield life.line("app", "api", "Build started by user deploy@example.com")
        life.now += 74
        yield life.line("app", "api", f"Deploy {life.chance.getrandbits(32):08x} by user deploy@example.com")
        yield life.line("app", "api", f"Release v{self.release} created by user deploy@example.com")
        yield life.line("app", "api", "Build succeeded")
        for dyno in DYNOS:
            yield from self._restart(dyno, "Restarting")

    def _restart(self, dyno: str, word: str) -> Iterator[str]:
        life = self.life
        yield life.line("heroku", dyno, word)
        yield life.line("heroku", dyno, "State changed from up to starting")
        yield life.line("heroku", dyno, "Stopping all processes with SIGTERM")
        if dyno in WEB:
            clock = life.clock("[%Y-%m-%d %H:%M:%S +0000]")
            yield life.line("app", dyno, f"{clock} [2] [INFO] Handling signal: term")
            for pid in (9, 10):
                yield life.line("app", dyno, f"{clock} [{pid}] [INFO] Worker exiting (pid: {pid})")
            yield life.line("app", dyno, f"{clock} [2] [INFO] Shutting down: Master")
        yield life.line("heroku", dyno, f"Process exited with status {0 if dyno in WEB else 143}")
        yield from self._start(dyno)

    def _start(self, dyno: str) -> Iterator[str]:
        life = self.life
        command = "gunicorn app:app --workers 2" if dyno in WEB else "python worker.py"
        yield life.line("heroku", dyno, f"Starting process with command `{command}`")
        if dyno in WEB:
            clock = life.clock("[%Y-%m-%d %H:%M:%S +0000]")
            port = life.chance.randrange(3000, 60_000)
            yield life.line("app", dyno, f"{clock} [2] [INFO] Starting gunicorn 23.0.0")
            yield life.line("app", dyno, f"{clock} [2] [INFO] Listening at: http://0.0.0.0:{port} (2)")
            yield life.line("app", dyno, f"{clock} [2] [INFO] Using worker: sync")
            for pid in (9, 10):
                yield life.line("app", dyno, f"{clock} [{pid}] [INFO] Booting worker with pid: {pid}")
        yield life.line("heroku", dyno, "State changed from starting to up")


_DYNO_IDS = {dyno: f"00000000-0000-4000-8000-{n:012x}" for n, dyno in enumerate(DYNOS, 40_961)}


def busy(lines: int) -> Iterator[str]:
    """So many lines."""
    return islice(Busy().lines(), lines)
