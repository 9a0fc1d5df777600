"""The tables of `diag.distributions` from a package index: ``python -m tests.releases``.

Takes a quarter of an hour the first time; answers are kept in a temporary folder, and what failed for want
of an answer is asked for again by the next run. ``--index`` names another index with PyPI's JSON interface.
`tests/fixtures/distributions/` lists what is asked for: a name to add goes there, and the tables are written
anew. To refresh them, remove that folder first, since pages of the index are kept as well; read the names it
says it found nothing of; and read the difference, in which nothing but new releases should stand.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from tests.module_names import TOLD, modules, named
from tests.package_index import File, PackageIndex
from tests.release_runs import (
    MINORS,
    NOTHING,
    Release,
    best_file,
    needs,
    releases,
    requirements,
    sizes,
    written,
)
from tests.servers import ROOT

LISTS = ROOT / "tests" / "fixtures" / "distributions"
TABLES = ROOT / "diag" / "distributions"
NEEDS_SINCE = "2017"  # of older releases only the versions are kept
NAMES_BEFORE = ("2020", "2022-07", "2024")
MOST_NAMES = 6000
NO_MODULES = "-"
SMALLEST_SDIST = 10_000  # bytes: less than that has no code of its own
# What people write in brackets, and what it brings.
_EXTRAS = """
    celery[redis] celery[sqs] celery[auth] channels[daphne] coverage[toml] dask[complete]
    dask[dataframe] databases[postgresql] databases[sqlite] dj-rest-auth[with-social]
    django-allauth[socialaccount] django-allauth[mfa] django-anymail[mailgun] django-anymail[sendgrid]
    django-oscar[sorl-thumbnail] django-storages[boto3] django-storages[s3] django-storages[google]
    django[argon2] django[bcrypt] drf-spectacular[sidecar] drf-yasg[validation] fastapi[all]
    fastapi[standard] fastapi-users[sqlalchemy] flask[async] flask[dotenv] flask-security[common]
    google-api-core[grpc] gunicorn[eventlet] gunicorn[gevent] gunicorn[gthread] httpx[http2]
    httpx[socks] huggingface-hub[hf-xet] huggingface-hub[inference] ipython[notebook] jax[cpu]
    kombu[sqs] langchain[openai] mcp[cli] opentelemetry-distro[otlp] pandas[excel] passlib[argon2]
    passlib[bcrypt] psycopg[binary] psycopg[c] psycopg[pool] pydantic[dotenv] pydantic[email]
    pyjwt[crypto] pymongo[srv] pymongo[tls] python-jose[cryptography] python-jose[pycryptodome]
    python-socketio[asyncio-client] python-socketio[client] python-telegram-bot[job-queue]
    python-telegram-bot[webhooks] python-telegram-bot[socks] qrcode[pil] redis[hiredis]
    requests[security] requests[socks] sentry-sdk[django] sentry-sdk[flask] sentry-sdk[fastapi]
    sqlalchemy[asyncio] strawberry-graphql[fastapi] tensorflow[and-cuda] transformers[sentencepiece]
    transformers[torch] transformers[tf-cpu] transformers[tf] twisted[tls] twisted[http2]
    unstructured[pdf] urllib3[secure] urllib3[socks] uvicorn[standard] whitenoise[brotli]
"""
EXTRAS = tuple(_EXTRAS.split())


def listed(name: str) -> list[str]:
    """The names of a list, without its comments."""
    lines = (LISTS / name).read_text("utf-8").splitlines()
    words = (word for line in lines if not line.startswith("#") for word in line.split())
    return sorted({canonicalize_name(word) for word in words})


class Tables:
    """What the index says, in the form of the tables."""

    def __init__(self, index: PackageIndex) -> None:
        self._index = index

    def releases(self, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Name, runs and sizes."""
        for name in names:
            found = releases(self._index.releases(name))
            wants = self._index.each(self._needs, found)
            text = written(zip(found, wants, strict=True))
            if text:
                yield name, text, sizes(found)
            else:
                say(f"{name}: no release")

    def _needs(self, release: Release) -> str:
        file = best_file(release)
        # Of what no Python on Heroku can install nobody asks what it needs.
        if file is None or release.uploaded < NEEDS_SINCE or release.states[1:].strip(NOTHING) == "":
            return "?"
        return needs(self._index.metadata(file), release.states)

    def names(self, wanted: Iterable[str]) -> dict[str, str]:
        """By name ``modules;needs;kilobytes``, and what those need, too."""
        found = {extra: self._brought_by_extra(*extra.rstrip("]").split("[")) for extra in EXTRAS}
        waiting = sorted({*wanted, *(need for entry in found.values() for need in _needs_of(entry))})
        seen = set(waiting)
        while waiting and len(found) < MOST_NAMES:
            entries = [entry or "" for entry in self._index.each(self._entry, waiting)]
            found |= {name: entry for name, entry in zip(waiting, entries, strict=True) if entry}
            waiting = sorted({need for entry in entries for need in _needs_of(entry)} - seen)
            seen.update(waiting)
        return found

    def _entry(self, name: str) -> str | None:
        found = [release for release in releases(self._index.releases(name)) if not release.yanked]
        file = next((file for release in found[-1:] if (file := best_file(release))), None)
        if file is None:
            say(f"{name}: no file")
            return None
        own = name.replace("-", "_")
        brings = sorted(self._modules(file, own) or self._of_older(found, own))
        wants = sorted({need for release in sampled(found) for need in self._needed(release)})
        is_empty = bool(self._index.members(file)) if file.is_wheel else file.size < SMALLEST_SDIST
        if not brings and not is_empty:
            say(f"{name}: no modules")
            return None
        # What has no module of its own is a name for what it requires.
        text = "" if brings == [own] else " ".join(brings) or NO_MODULES
        return f"{text};{' '.join(wants)};{found[-1].kilobytes}"

    def _modules(self, file: File, own: str) -> list[str]:
        if own in TOLD:
            return TOLD[own].split()
        return (
            modules(self._index.members(file), own)
            if file.is_wheel
            else named(self._index.members(file), own)
        )

    def _of_older(self, found: list[Release], own: str) -> list[str]:
        """The modules of the last release that tells them: an sdist may not."""
        for release in reversed(found[-6:]):
            file = best_file(release)
            if file is not None and (brings := self._modules(file, own)):
                return brings
        return []

    def _needed(self, release: Release) -> set[str]:
        file = best_file(release)
        text = self._index.metadata(file) if file is not None else None
        return {canonicalize_name(r.name) for r, minors in requirements(text or "") if minors != MINORS[:1]}

    def _brought_by_extra(self, name: str, extra: str) -> str:
        found = [release for release in releases(self._index.releases(name)) if not release.yanked]
        brought: set[str] = set()
        for release in sampled(found):
            file = best_file(release)
            text = (self._index.metadata(file) if file is not None else None) or ""
            plain = {str(r) for r, _ in requirements(text)}
            with_extra = (r for r, _ in requirements(text, extra) if str(r) not in plain)
            brought |= {canonicalize_name(r.name) for r in with_extra}
        return f";{' '.join(sorted(brought))};0"


def say(line: str) -> None:
    """A word to who runs this."""
    sys.stderr.write(f"{line}\n")


def _needs_of(entry: str) -> list[str]:
    return entry.split(";")[1].split() if entry else []


def sampled(found: list[Release]) -> list[Release]:
    """The last release of some years, and of all: what was required changes with time."""
    before = (next((r for r in reversed(found) if r.uploaded < year), None) for year in NAMES_BEFORE)
    return list(dict.fromkeys(release for release in (*before, *found[-1:]) if release is not None))


def main() -> None:
    """Write both tables anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", default="https://pypi.org", help="where the JSON interface is")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "dyno-diag-tables")
    arguments = parser.parse_args()
    tables = Tables(PackageIndex(arguments.index, arguments.cache))
    head = {"date": dt.datetime.now(tz=dt.UTC).date().isoformat(), "source": arguments.index}
    found = list(tables.releases(listed("releases.txt")))
    write(
        "releases.json",
        {
            **head,
            "pythons": " ".join(MINORS),
            "releases": {name: text for name, text, _ in found},
            "kilobytes": {name: text for name, _, text in found if text},
        },
    )
    names = tables.names({*listed("releases.txt"), *listed("names.txt")})
    write("names.json", {**head, "names": dict(sorted(names.items()))})


def write(name: str, data: object) -> None:
    """One line for each distribution, so that a difference can be read."""
    path = TABLES / name
    path.write_text(json.dumps(data, indent=0, ensure_ascii=False) + "\n", "utf-8")
    say(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
