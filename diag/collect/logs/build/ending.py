"""What a build came to: the one thing that explains its end, and its warnings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from checks.secrets import mask
from diag.collect.logs.build.attempt import Attempt
from diag.collect.logs.build.finding import TEXT, Finding
from diag.collect.logs.build.headlines import of_block
from diag.collect.logs.build.packages import HEROKU_PYTHONS, python_within
from diag.collect.logs.build.release import Release
from diag.collect.logs.exceptions import evidence_of as of_exception
from diag.collect.logs.tracebacks import Raised

SAID = 110  # characters of a line that a title quotes
_PATH = re.compile(r"^(?:[A-Za-z_]\w*\.)+")  # of an exception's module

_WARNINGS = frozenset(
    {"runtime-txt", "version-unpinned", "python-ending", "package-manager-multiple", "pipfile-without-lock"}
    | {"duplicate-buildpack", "venv-committed", "python-committed", "setup-py-only", "nltk-notice"}
    | {"slug-soft", "version-file", "installer-pinned"}
)


def evidence_of(build: Attempt, *, resolved: bool) -> Iterator[Evidence]:
    """A build's evidence: its error if it failed, its warnings, how its release phase ended."""
    findings = [*build.findings]
    if build.block is not None and (open_block := of_block(build.block)) is not None:
        findings.append(open_block)
    errors = [f for f in findings if f.level is Level.FAIL]
    failed = build.ended == "failed"
    if build.ended != "done":
        errors += _of_tools(build, failed=failed)
        error = _root(build, errors, failed=failed)
        if error is not None:
            yield _say(build, Fact.BUILD_ERROR, error, resolved=resolved)
            findings = [f for f in findings if f.fault != error.fault]
    for warning in _warnings(build, findings):
        yield _say(build, Fact.BUILD_WARNING, warning, resolved=resolved)
    if build.release is not None:
        yield from _of_release(build.release, resolved=resolved)


def _of_tools(build: Attempt, *, failed: bool) -> list[Finding]:
    """What the installer, Django or a hook said."""
    found = build.installing.findings(failed)
    built = build.compiling.findings()
    # A package that failed to build decides over what was only vaguely said, and over a lost connection.
    found = [f for f in found if f.fault != "download"] + built + [f for f in found if f.fault == "download"]
    if failed and not found and build.step in ("hook", "collectstatic"):
        text = f"The build ended in the step: {build.step_name}"
        values: dict[str, Value] = {"hook": build.hook or None}
        found.append(Finding(build.step, build.last, None, text, values, final=False))
    raised = build.last_raised
    if not failed and build.step == "collectstatic" and (raised is not None or build.exception):
        number = raised.first if raised is not None else build.last
        found.append(Finding("collectstatic", number, build.at, f"It raised in the step: {build.step_name}"))
    if failed and raised is not None and "pip._" in str(raised.chain[:1]):
        found += build.installing.pinned
    return found


def _root(build: Attempt, errors: list[Finding], *, failed: bool) -> Finding | None:
    """The finding that explains the end: the most exact, then the first."""
    if not failed:
        errors = [e for e in errors if e.final or (not build.marked and build.compiling.failed)]
    if not errors:
        return _unknown(build) if failed else _raised_last(build)
    return min(errors, key=lambda e: e.rank)


def _raised_last(build: Attempt) -> Finding | None:
    """A log that ends before the build does, with an exception of a tool; pip survives some."""
    said, number, raised = "", build.last, build.last_raised
    if raised is not None and build.step != "install":
        said, number = ": ".join(raised.chain[0]), raised.first
    elif build.exception in tuple(build.words)[-2:]:
        said = build.exception
    if not said:
        return None
    text = f"The build raised {mask(_PATH.sub('', said), {})}"[:TEXT]
    return Finding("unknown", number, build.at, text, level=Level.WARN)


def _unknown(build: Attempt) -> Finding:
    """Nothing said why: the last words, for a person to read."""
    words = mask(build.words[-1], {}) if build.words else ""
    text = f"The build failed in the step {build.step_name!r}" if build.step_name else "The build failed"
    text += f"; its last words: {words}" if words else ""
    return Finding("unknown", build.last, build.at, text, {"words": tuple(mask(w, {}) for w in build.words)})


def _warnings(build: Attempt, findings: list[Finding]) -> Iterator[Finding]:
    seen: set[str] = set()
    mild = [f for f in findings if f.level < Level.FAIL and f.fault in _WARNINGS]
    if build.ended == "done":
        # What was marked as an error in a build that went through was none.
        mild += [
            Finding(f.fault, f.number, f.at, f.text, f.values, Level.WARN) for f in build.installing.pinned
        ]
        if build.types is not None:
            types = build.types
            level = Level.FAIL if types.fault == "procfile-none" else Level.INFO
            mild.append(Finding(types.fault, types.number, types.at, types.text, types.values, level))
        if build.languages and "Python" not in build.languages:
            names = ", ".join(dict.fromkeys(build.languages))
            text = f"{names} app detected, and the Python buildpack did not run"
            also = "Python" in build.detected
            level = Level.WARN if also else Level.INFO
            values: dict[str, Value] = {"language": names, "also": "Python" if also else None}
            if also:
                text = f"{names} app detected; the Python buildpack would have taken it, and did not run"
            mild.append(Finding("other-language", build.number, build.at, text, values, level))
    for each in mild:
        if each.fault not in seen:
            seen.add(each.fault)
            yield each


def _say(build: Attempt, fact: Fact, finding: Finding, *, resolved: bool) -> Evidence:
    minor = ".".join(build.python.split(".")[:2])
    values: dict[str, Value] = {
        "dyno": "",
        "number": finding.number,
        "last": max(finding.number, build.last),
        "python": build.python or None,
        "minor": minor or None,
        "for_python": f"Python {minor}" if minor else "this Python",
        "said": finding.text[:SAID],
        "stack": build.stack or None,
        "step": build.step_name or None,
        "languages": tuple(dict.fromkeys(build.languages)) or None,
    }
    raised = build.last_raised if finding.fault in ("collectstatic", "hook", "nltk") else None
    if raised is not None:
        values |= _of_raised(raised)
    elif finding.fault in ("collectstatic", "hook") and build.exception:
        values["exception"] = mask(_PATH.sub("", build.exception), {})
    values |= {k: v for k, v in finding.values.items() if v is not None}
    values["fault"] = finding.fault
    values["subject"] = (
        " ".join(str(values[k]) for k in ("package", "version") if values.get(k)) or "A package"
    )
    if finding.fault.startswith("python-"):
        values |= _pin(values)
    if finding.fault in ("conflict", "collectstatic"):
        values["because"] = _because(values)
    if resolved:
        values["resolved"] = True
    text = finding.text
    if finding.fault in ("collectstatic", "hook") and values.get("exception"):
        text = f"{text.rstrip('.')}: {values['exception']}"
    return Evidence(fact, finding.level, text, f"line {finding.number}", finding.at, values)


def _pin(values: dict[str, Value]) -> dict[str, Value]:
    """The version to ask for instead."""
    if values["fault"] != "python-range":
        minor = ".".join(str(values.get("python") or "").split(".")[:2])
        supported = minor in HEROKU_PYTHONS[1:] and values["fault"] != "python-ending"
        return {"pin": minor if supported else "3.13"}
    needs = str(values.get("needs") or "")
    runs = values.get("runs")
    problem = f"is not what the project allows ({needs})"
    return {"python": runs, "problem": problem, "pin": python_within(needs) or None}


def _because(values: dict[str, Value]) -> str:
    """The reason in few words, for a title."""
    reasons = values.get("reasons")
    if isinstance(reasons, tuple):
        return "; ".join(reason[:90] for reason in reasons[:3])[:SAID]
    return str(values.get("exception") or values.get("said") or "")[:SAID]


def _of_raised(raised: Raised) -> dict[str, Value]:
    """The exception within a step, as the causes of exceptions would read it; its fault is a reason here."""
    values = dict(of_exception(raised, Fact.BUILD_ERROR, "The build").values)
    values["reason"] = values.pop("fault", None)
    values["exception"] = values.get("root")
    for name in ("number", "last", "dyno", "during"):
        values.pop(name, None)
    return values


def _of_release(release: Release, *, resolved: bool) -> Iterator[Evidence]:
    if release.ended != "failed":
        return
    if release.raised is not None:
        found = of_exception(release.raised, Fact.RELEASE_PHASE, "The release command")
        values = dict(found.values)
        text = found.text
    else:
        last = release.words[-1] if release.words else ""
        text = "The release command failed" + (f"; its last words: {mask(last, {})}" if last else "")
        values = {"words": tuple(mask(w, {}) for w in release.words) or None}
    values |= {"dyno": "", "process_type": "release", "number": release.number, "last": release.last}
    if resolved:
        values["resolved"] = True
    where = f"lines {release.number}-{release.last}"
    yield Evidence(Fact.RELEASE_PHASE, Level.FAIL, text, where, release.at, values)
