"""Why a host gave no answer, from what requests raised: kinds only, for the texts hold URLs."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from app.sources.faults import download_evidence
from checks.evidence import Evidence
from checks.model_source import HttpUrl

# By the name of the innermost kinds first; each with whether it may pass.
_REASONS = {
    "ConnectTimeout": ("no connection within {connect:g} s", True),
    "ConnectTimeoutError": ("no connection within {connect:g} s", True),
    "ReadTimeout": ("no answer within {stall:g} s", True),
    "ReadTimeoutError": ("no answer within {stall:g} s", True),
    "gaierror": ("its name has no address (DNS)", True),
    "NameResolutionError": ("its name has no address (DNS)", True),
    "ConnectionRefusedError": ("connection refused", True),
    "ConnectionResetError": ("connection reset", True),
    "BrokenPipeError": ("connection reset", True),
    "RemoteDisconnected": ("the connection was closed without an answer", True),
    "BadStatusLine": ("what answers does not speak HTTP", False),
    "LineTooLong": ("what answers does not speak HTTP", False),
    "ProxyError": ("the proxy did not answer", True),
    "InvalidURL": ("the URL is not valid", False),
    "LocationParseError": ("the URL is not valid", False),
    "InvalidProxyURL": ("the proxy's URL is not valid", False),
    "UnicodeError": ("the URL is not valid", False),
    "UnicodeEncodeError": ("the URL is not valid", False),
    "InvalidHeader": ("the URL is not valid", False),
    "SSLError": ("TLS handshake failed", True),
    "SSLEOFError": ("TLS handshake failed", True),
    "SSLZeroReturnError": ("TLS handshake failed", True),
}


def why_unreachable(
    error: BaseException, source: HttpUrl, host: str, timeouts: tuple[float, float]
) -> Evidence:
    """The evidence of a request that got no answer."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            reason = each.verify_message.rstrip(".")
            what = f"has no valid certificate: {reason}"
            return download_evidence("certificate", source, what, host, reason=reason)
        if isinstance(each, ssl.SSLError) and each.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
            reason = "what answers does not speak TLS: is it http:// and not https://?"
            return _evidence(source, host, reason, passing=False)
    proxied = any(type(each).__name__ == "ProxyError" for each in chain)
    for each in reversed(chain):
        known = _REASONS.get("ProxyError" if proxied else type(each).__name__)
        if known:
            reason = known[0].format(connect=timeouts[0], stall=timeouts[1])
            return _evidence(source, host, reason, passing=known[1])
    kinds = f"{type(error).__name__}, {type(chain[-1]).__name__}"
    return _evidence(source, host, kinds, passing=isinstance(error, ConnectionError | TimeoutError | OSError))


def _evidence(source: HttpUrl, host: str, reason: str, *, passing: bool) -> Evidence:
    what = f"can't be reached: {reason}"
    return download_evidence("unreachable", source, what, host, reason=reason, passing=passing)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, outermost first."""
    following: BaseException | None = error
    for _ in range(20):
        if following is None:
            return
        yield following
        inner = getattr(following, "reason", None)
        nested = next((a for a in following.args if isinstance(a, BaseException)), None)
        following = (
            inner
            if isinstance(inner, BaseException)
            else nested or following.__cause__ or following.__context__
        )
