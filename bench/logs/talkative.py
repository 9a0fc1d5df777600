"""A Django app on Fir that talks: mostly its own lines, plain and JSON, few of the router, no metrics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bench.logs import router
from bench.logs.life import Life
from bench.logs.router import Request

WEB = ("web-6d8f7c9b5d-x2k4p", "web-6d8f7c9b5d-q9m1z")
DYNOS = (*WEB, "worker-5b7d9f6c48-hh2vr")
QUERIES = (
    'SELECT "shop_order"."id", "shop_order"."total" FROM "shop_order" WHERE "shop_order"."user_id" = 4821',
    (
        'SELECT COUNT(*) AS "__count" FROM "shop_item" INNER JOIN "shop_brand" ON '
        '("shop_item"."brand_id" = "shop_brand"."id") WHERE "shop_brand"."name" = \'northwind\''
    ),
    'UPDATE "django_session" SET "expire_date" = \'2026-12-04T14:02:11\' WHERE "django_session"."id" = 9',
)
LOGGERS = ("shop.orders", "shop.search", "celery.worker.strategy", "django.request", "urllib3.connectionpool")
SITE = "/app/.heroku/python/lib/python3.13/site-packages"
TRACEBACK = f"""\
Internal Server Error: /checkout/
Traceback (most recent call last):
  File "{SITE}/django/core/handlers/exception.py", line 55, in inner
    response = get_response(request)
  File "{SITE}/django/core/handlers/base.py", line 197, in _get_response
    response = wrapped_callback(request, *callback_args, **callback_kwargs)
  File "/app/shop/views.py", line 88, in checkout
    item = Item.objects.get(pk=request.POST["item"])
  File "{SITE}/django/db/models/query.py", line 633, in get
    raise self.model.DoesNotExist(
shop.models.Item.DoesNotExist: Item matching query does not exist."""


class Talkative:
    """The lines, without end."""

    def __init__(self, seed: int = 5) -> None:
        self.life = Life(seed)
        self.life.every(11 * 3600, self._deploy, first=3600)
        self.life.every(1300, self._raised, first=700)
        self.life.every(2.3 * 3600, self._gave_up, first=4000)

    def lines(self) -> Iterator[str]:
        life = self.life
        for dyno in DYNOS:
            yield from self._start(dyno)
        while True:
            yield from life.pass_time(life.chance.expovariate(9))
            roll = life.chance.random()
            dyno = life.chance.choice(DYNOS)
            if roll < 0.04:
                request = Request(
                    life.chance.choice(WEB), "GET", "/shop/", 200, int(roll * 90_000), int(roll * 2_000) + 4
                )
                yield router.success(life, request, modern=True)
            elif roll < 0.5:
                yield life.line("app", dyno, self._json(roll))
            elif roll < 0.62:
                query = life.chance.choice(QUERIES)
                yield life.line("app", dyno, f"DEBUG django.db.backends ({roll:.3f}) {query}; args=(4821,)")
            elif roll < 0.9:
                yield life.line("app", dyno, self._plain(roll))
            else:
                yield from self._listed(dyno, roll)

    def _json(self, roll: float) -> str:
        life, n = self.life, int(roll * 1e8)
        level = "warning" if n % 37 == 0 else "info"
        return (
            f'{{"timestamp": "{life.stamp()}", "level": "{level}", "logger": "{LOGGERS[n % 5]}", '
            f'"event": "order placed", "order": {n % 1_000_000}, "customer": "c-{n % 77_777}", '
            f'"duration_ms": {n % 900 / 7:.3f}, "trace_id": "{life.chance.getrandbits(128):032x}", '
            f'"path": "/api/orders/{n % 10_000}/", "error": null}}'
        )

    def _plain(self, roll: float) -> str:
        life, n = self.life, int(roll * 1e8)
        clock = life.clock("%Y-%m-%d %H:%M:%S")
        if n % 3 == 0:
            return (
                f"[{clock}: INFO/ForkPoolWorker-{n % 8}] Task shop.tasks.mail[{life.uuid()}] "
                f"succeeded in {roll:.6f}s: None"
            )
        if n % 3 == 1:
            found = f"search for 'lamp' gave {n % 480} items in {n % 90} ms"
            return f"{clock},{n % 1000:03d} INFO {LOGGERS[n % 5]}: {found}"
        request = f'"POST /v1/charges HTTP/1.1" 200 {n % 4000}'
        return f"DEBUG:urllib3.connectionpool:https://api.example.com:443 {request}"

    def _listed(self, dyno: str, roll: float) -> Iterator[str]:
        """Somebody prints an object: short lines, indented, some empty."""
        yield self.life.line("app", dyno, "Order {")
        for n in range(int(roll * 1000) % 6):
            yield self.life.line("app", dyno, f"    'item_{n}': Decimal('{roll * 100:.2f}'),")
        yield self.life.line("app", dyno, "}")
        yield self.life.line("app", dyno, "")

    def _raised(self) -> Iterator[str]:
        dyno = self.life.chance.choice(WEB)
        for text in TRACEBACK.splitlines():
            yield self.life.line("app", dyno, text)
        yield router.success(self.life, Request(dyno, "POST", "/checkout/", 500, 145, 61), modern=True)

    def _gave_up(self) -> Iterator[str]:
        request = Request(self.life.chance.choice(WEB), "GET", "/search/?q=lamp")
        yield router.error(self.life, "H27", request, modern=True)

    def _deploy(self) -> Iterator[str]:
        life = self.life
        yield life.line("app", "api", f"Deploy {life.chance.getrandbits(32):08x} by user deploy@example.com")
        yield life.line("app", "api", "Release v38 created by user deploy@example.com")
        for dyno in DYNOS:
            yield life.line("heroku", dyno, "Stopping all processes with SIGTERM")
            yield life.line("heroku", dyno, "Process exited with status 0")
            yield from self._start(dyno)

    def _start(self, dyno: str) -> Iterator[str]:
        life = self.life
        web = dyno in WEB
        command = (
            "uvicorn shop.asgi:application --host 0.0.0.0 --port $PORT" if web else "celery -A shop worker"
        )
        yield life.line("heroku", dyno, f"Starting process with command `{command}`")
        if web:
            for text in (
                "Started server process [2]",
                "Waiting for application startup.",
                "Application startup complete.",
                "Uvicorn running on http://0.0.0.0:17432 (Press CTRL+C to quit)",
            ):
                yield life.line("app", dyno, f"INFO:     {text}")
        yield life.line("heroku", dyno, "State changed from starting to up")


def talkative(lines: int) -> Iterator[str]:
    """So many lines."""
    return islice(Talkative().lines(), lines)
