"""A file on a web server, opened at an offset by requests.

Redirects are followed here, one by one: what a URL holds besides host and path is nobody's to see, and
~/.netrc is not ours to send. Proxies are taken from the environment as usual. Only a child process imports
this module, since it imports requests.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from requests import Response, Session
from requests.utils import get_environ_proxies

from app.sources.digests import told_by_web
from app.sources.faults import Failed, download_evidence, status_name
from app.sources.opened import Opened, blocks_of, content_range
from app.sources.unreachable import why_unreachable
from checks.evidence import Evidence
from checks.model_source import HttpUrl

REDIRECTS = 10
_STATUSES = frozenset((301, 302, 303, 307, 308))
_PASSING = frozenset((408, 425, 429))  # and what the server itself takes upon it: 5xx
_LASTING = frozenset((501, 505))
_ERROR_BYTES = 2048  # of an error's body
_CODE = re.compile(rb"<Code>([A-Za-z]{2,60})</Code>")
_EXPIRED = re.compile(rb"(?i)\bexpired\b")
_HEADERS = {"User-Agent": "dyno-diag", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came at the end of the redirects."""

    response: Response
    host: str
    redirects: int


class _Session(Session):
    """Leaves redirects alone; the original reads a redirect's whole body, however long it is."""

    def get_redirect_target(self, resp: Response) -> None:  # noqa: ARG002  as it is declared there
        return None


def _unsigned(_: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind of server is asked for a file."""

    sign: Callable[[str], Mapping[str, str]] = _unsigned  # headers for a URL, which say who asks
    condition: str = "If-Range"  # the header that binds a range to the file it began with
    digests: Callable[[Mapping[str, str]], dict[str, str]] = told_by_web


OF_THE_WEB = Manner()


class HttpsOpener:
    """Opens one URL, again and again."""

    def __init__(self, source: HttpUrl, connect: float, stall: float, manner: Manner = OF_THE_WEB) -> None:
        self.source = source
        self._manner = manner
        self.host = host_of(source.url)
        self._timeouts = (connect, stall)
        self._session = _Session()
        self._session.trust_env = False  # it would send what ~/.netrc has for the host
        self._session.headers.clear()
        self._session.headers.update(_HEADERS)
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        if bundle:
            self._session.verify = bundle

    def open(self, offset: int, validator: str) -> Opened:
        """See `Opener`."""
        wanted = {"Range": f"bytes={offset}-", self._manner.condition: validator} if offset else {}
        answer = self._ask(wanted)
        response, headers = answer.response, _small(answer.response.headers)
        start, total = _extent(response.status_code, headers)
        own = _validator(headers)
        if start is None or (start and (start != offset or own != validator)):
            response.close()
            if not offset:
                what = f"answers {status_name(response.status_code)} with a part that was not asked for"
                raise Failed(self._evidence("http-status", what, answer, status=response.status_code))
            return self.open(0, "")
        return Opened(
            start=start,
            total=total,
            validator=own,
            host=answer.host,
            blocks=blocks_of(response.raw, self._timeouts[1]),
            close=response.close,
            digests=self._manner.digests(headers) if response.status_code == 200 else {},
        )

    def _ask(self, wanted: Mapping[str, str]) -> _Answer:
        """The answer at the end of the redirects, 200 or 206, or a refusal of the range. Raises Failed."""
        url, seen = self.source.url, set()
        for redirects in range(REDIRECTS + 1):
            self.host = host_of(url)
            response = self._get(url, wanted)
            answer = _Answer(response, self.host, redirects)
            if response.status_code not in _STATUSES or "location" not in response.headers:
                if response.status_code in (200, 206) or (wanted and response.status_code in (412, 416)):
                    return answer
                raise self._refused(answer)
            response.close()
            # The same URL may answer otherwise once it has set a cookie.
            state = (url, tuple(sorted((c.name, c.value) for c in self._session.cookies)))
            if state in seen:
                break
            seen.add(state)
            url = self._target(url, answer)
        what = f"redirects in a loop: {_times(len(seen))} led to no file"
        raise Failed(download_evidence("redirect-loop", self.source, what, self.host, redirects=len(seen)))

    def _get(self, url: str, wanted: Mapping[str, str]) -> Response:
        try:
            return self._session.get(
                url,
                headers={**wanted, **self._manner.sign(url)},
                stream=True,
                allow_redirects=False,
                timeout=self._timeouts,
                proxies=get_environ_proxies(url),
            )
        except Exception as error:  # its text holds the URL
            raise Failed(why_unreachable(error, self.source, self.host, self._timeouts)) from None

    def _target(self, url: str, answer: _Answer) -> str:
        """Where a redirect leads. Raises Failed when that is no place of the web."""
        try:
            target = urljoin(url, answer.response.headers["location"])
            parts = urlsplit(target)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            usable = False
        if not usable:
            what = "redirects to what is no http:// or https:// URL"
            raise Failed(self._evidence("redirect-target", what, answer))
        here = urlsplit(url)
        if (parts.scheme, parts.netloc) == (here.scheme, here.netloc.rpartition("@")[2]):
            return parts._replace(netloc=here.netloc).geturl()  # the same server knows the user
        return target

    def _refused(self, answer: _Answer) -> Failed:
        """An answer without the file."""
        response = answer.response
        status = response.status_code
        code = _code(response)
        what = f"answered {status_name(status)}{f' ({code})' if code else ''}"
        if answer.redirects:
            what += f" after {_times(answer.redirects)}, at {answer.host}"
        passing = status in _PASSING or (status >= 500 and status not in _LASTING)
        fault = "server-error" if passing else "http-status"
        evidence = self._evidence(fault, what, answer, status=status, code=code or None, passing=passing)
        return Failed(evidence, _pause(response.headers.get("retry-after", "")))

    def _evidence(self, fault: str, what: str, answer: _Answer, **more: str | int | bool | None) -> Evidence:
        return download_evidence(fault, self.source, what, answer.host, redirects=answer.redirects, **more)


def _times(redirects: int) -> str:
    return "1 redirect" if redirects == 1 else f"{redirects} redirects"


def host_of(url: str) -> str:
    """Host and port, without the user. A host that a redirect names may hold anything."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        name = (parts.hostname or "")[:253]
    except ValueError:
        return ""
    return f"{name}{port}" if re.fullmatch(r"[\w.:%-]+", name) else "(no host's name)"


def _small(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _extent(status: int, headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Where the content begins, and the size of all of it. No beginning: not to be used."""
    told = headers.get("content-length", "")
    length = int(told) if re.fullmatch(r"\d{1,18}", told) else None
    if "chunked" in headers.get("transfer-encoding", "").lower():
        length = None
    # rclone's S3 sends 200 with a part of the file and says so here only.
    extent = content_range(headers.get("content-range", ""))
    if status == 200 and extent is None:
        return 0, length
    if status not in (200, 206) or extent is None:
        return None, None
    if length is not None and length != extent[1] - extent[0] + 1:
        return None, None
    return extent[0], extent[2]


def _validator(headers: Mapping[str, str]) -> str:
    """What If-Range takes: a strong ETag, or a time. RFC 9110, 13.1.5."""
    etag = headers.get("etag", "")
    if re.fullmatch(r'"[\x21\x23-\x7e]{1,200}"', etag):
        return etag
    modified = headers.get("last-modified", "")
    try:
        parsedate_to_datetime(modified)
    except (ValueError, TypeError, IndexError):
        return ""
    return modified


def _code(response: Response) -> str:
    """An object storage's own word for an error; ``expired`` where it says that of the URL."""
    try:
        body: bytes = response.raw.read(_ERROR_BYTES, decode_content=False)
    except Exception:  # the status is enough
        body = b""
    finally:
        response.close()
    if response.status_code in (400, 401, 403) and _EXPIRED.search(body):
        return "expired"
    found = _CODE.search(body)
    return found[1].decode() if found else ""


def _pause(told: str) -> float | None:
    """Seconds of a Retry-After, which may be a number or a time."""
    if re.fullmatch(r"\d{1,9}", told.strip()):
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
