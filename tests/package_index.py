"""A package index as the generator of the tables asks it: few requests at once, each answer kept on disk."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import tarfile
import threading
import time
import urllib.parse
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

AT_ONCE = 4
TRIES = 3
LARGEST = 150 << 20  # bytes of one answer
LARGEST_SDIST = 8 << 20
AGENT = "dyno-diag-tables/1 (https://pypi.org/project/dyno-diag/)"

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a release, as the index describes it. `uploaded` is a date such as ``2024-03-01``."""

    name: str
    url: str
    size: int
    is_wheel: bool
    requires_python: str
    yanked: bool
    uploaded: str


class PackageIndex:
    """The JSON interface of an index and the files it points to. Answers are kept in `cache`."""

    def __init__(self, url: str, cache: Path) -> None:
        self.url = url.rstrip("/")
        self._cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def each(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The function's answers, in order, a few at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from pool.map(function, items)

    def releases(self, name: str) -> dict[str, list[File]]:
        """All releases of a distribution with their files; empty where the index has none of that name."""
        data = self._kept(f"{self.url}/pypi/{name}/json")
        if data is None:
            return {}
        return {
            version: [_file(each, f"{self.url}/simple/{name}/") for each in files]
            for version, files in json.loads(data)["releases"].items()
        }

    def metadata(self, file: File) -> str | None:
        """The core metadata of a wheel, or the nearest thing of an sdist; None where there is none."""
        if not file.is_wheel:
            return self._from_sdist(file, "metadata")
        data = self._derived(
            f"{file.url}#metadata", lambda: self._get(f"{file.url}.metadata") or self._from_wheel(file)
        )
        return data.decode("utf-8", "replace") if data else None

    def members(self, file: File) -> list[str]:
        """The names of the files that a wheel installs, or the modules that an sdist names itself."""
        if not file.is_wheel:
            return (self._from_sdist(file, "modules") or "").split()
        data = self._derived(
            f"{file.url}#members", lambda: "\n".join(self._open(file).namelist()).encode("utf-8", "replace")
        )
        return (data or b"").decode().splitlines()

    def _from_wheel(self, file: File) -> bytes:
        archive = self._open(file)
        names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return archive.read(names[0]) if names else b""

    def _open(self, file: File) -> zipfile.ZipFile:
        return zipfile.ZipFile(Remote(file.url, file.size))

    def _from_sdist(self, file: File, what: str) -> str | None:
        """What setuptools left in an sdist: its requirements as metadata, or the names of its modules."""
        if file.size > LARGEST_SDIST or not file.name.endswith(".tar.gz"):
            return None
        data = self._derived(f"{file.url}#sdist-{what}", lambda: _sdist(self._get(file.url) or b"", what))
        return data.decode("utf-8", "replace") if data else None

    def _kept(self, url: str) -> bytes | None:
        return self._derived(url, lambda: self._get(url)) or None

    def _derived(self, key: str, make: Callable[[], bytes | None]) -> bytes | None:
        """What was made for that key before, or what is made now; an empty file stands for nothing."""
        path = self._cache / hashlib.sha256(key.encode()).hexdigest()[:32]
        if path.exists():
            return path.read_bytes()
        try:
            data = make()
        except (ValueError, zipfile.BadZipFile, tarfile.TarError):
            data = b""
        except (OSError, http.client.HTTPException):
            return None
        part = path.with_suffix(".part")
        part.write_bytes(data or b"")
        part.replace(path)
        return data

    def _get(self, url: str) -> bytes | None:
        return _fetched(url)


class Remote(io.RawIOBase):
    """A file on the index, read by ranges: the directory of a wheel stands at its end."""

    CHUNK = 1 << 19

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size, self._at = url, size, 0
        self._chunks: dict[int, bytes] = {}

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._at + size)
        data = b""
        while self._at < end:
            chunk = self._chunk(self._at // self.CHUNK)
            part = chunk[self._at % self.CHUNK :][: end - self._at]
            if not part:
                break
            data += part
            self._at += len(part)
        return data

    def _chunk(self, number: int) -> bytes:
        if number not in self._chunks:
            first = number * self.CHUNK
            last = min(first + self.CHUNK, self._size) - 1
            self._chunks[number] = _fetched(self._url, {"Range": f"bytes={first}-{last}"}) or b""
        return self._chunks[number]


_THREAD = threading.local()  # a connection of its own, kept open


def _fetched(url: str, headers: Mapping[str, str] = MappingProxyType({})) -> bytes | None:
    """The body of the answer; None where there is no such thing. Raises OSError after some tries."""
    for attempt in range(TRIES):
        try:
            status, body, location = _answer(url, headers)
        except (OSError, http.client.HTTPException):
            _THREAD.__dict__.clear()
            time.sleep(2**attempt)
            continue
        if status in {200, 206}:
            return body
        if status in {301, 302, 307, 308} and location:
            url = urllib.parse.urljoin(url, location)
        elif status in {403, 404}:
            return None
        else:
            time.sleep(2**attempt)
    raise OSError(f"{url} does not answer")


def _answer(url: str, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
    parts = urllib.parse.urlsplit(url)
    connections: dict[tuple[str, str], http.client.HTTPConnection]
    connections = _THREAD.__dict__.setdefault("connections", {})
    connection = connections.get((parts.scheme, parts.netloc))
    if connection is None:
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = connections[parts.scheme, parts.netloc] = kind(parts.netloc, timeout=60)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request("GET", path, headers={"User-Agent": AGENT, **headers})
    answer = connection.getresponse()
    body = answer.read(LARGEST)
    if answer.read(1):
        connections.clear()  # more than is wanted: what is left of it must not be taken for the next answer
    return answer.status, body, answer.headers.get("Location") or ""


def _file(data: dict[str, Any], page: str) -> File:
    return File(
        name=data["filename"],
        url=urllib.parse.urljoin(page, data["url"]),  # a mirror may tell it relative to its page
        size=data["size"] or 0,
        is_wheel=data["packagetype"] == "bdist_wheel",
        requires_python=data["requires_python"] or "",
        yanked=bool(data["yanked"]),
        uploaded=(data["upload_time"] or "")[:10],
    )


def _sdist(data: bytes, what: str) -> bytes:
    """Requires-Dist lines, or the names of modules, from the folder that setuptools writes."""
    wanted = "requires.txt" if what == "metadata" else "top_level.txt"
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        found = sorted(
            (member for member in archive.getmembers() if member.name.endswith(f".egg-info/{wanted}")),
            key=lambda member: member.name.count("/"),
        )
        stream = archive.extractfile(found[0]) if found else None
        text = stream.read().decode("utf-8", "replace") if stream else ""
        members = [member.name for member in archive.getmembers()]
    if what != "metadata":
        return text.encode() or "\n".join(_packages(members)).encode()
    has_folder = any(".egg-info/" in name for name in members)
    if not has_folder:
        return b""
    return "\n".join(["Metadata-Version: 2.1", *_requirements(text)]).encode()


def _packages(members: Iterable[str]) -> Iterator[str]:
    """What an sdist without setuptools' list has at its top: packages, and modules but for its own tools."""
    for name in members:
        parts = name.split("/")[1:]
        parts = parts[1:] if parts[:1] == ["src"] else parts
        if len(parts) == 2 and parts[1] == "__init__.py":
            yield parts[0]
        elif len(parts) == 1 and parts[0].endswith(".py") and parts[0] not in {"setup.py", "conftest.py"}:
            yield parts[0].removesuffix(".py")


def _requirements(text: str) -> Iterator[str]:
    marker = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            extra, _, condition = line.strip("[]").partition(":")
            parts = [f'extra == "{extra}"'] if extra else []
            parts += [f"({condition})"] if condition else []
            marker = " and ".join(parts)
        else:
            yield f"Requires-Dist: {line}" + (f"; {marker}" if marker else "")
