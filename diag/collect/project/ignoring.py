"""A report without what the project silences, and with what is wrong about that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from checks.evidence import Evidence, Result
from diag.catalogue import CATALOGUE
from diag.collect.project.ignores import Ignore, Ignores, fault, read_ignores
from diag.diagnose import diagnose
from diag.meanings import MEANINGS
from diag.report import Diagnosis, Report, Silenced

__all__ = ["Ignores", "apply", "read_ignores"]

# What these tell is true of one machine at one time: elsewhere the same ignore fits nothing, and rightly so.
_OF_THE_MOMENT = frozenset(("build/uncommitted-changes", "python/version-differs-locally"))
# Families of which --online or --generation fir would find more.
_OF_OPTIONS = ("build/", "dependency/", "procfile/", "python/")
_CAUSES = {cause.id: cause for cause in CATALOGUE}


def apply(report: Report, ignores: Ignores, today: date, *, is_whole: bool = True) -> Report:
    """The report less what is silenced, which is kept in `Report.silenced`; pure.

    An ignore that has no reason, fits nothing, names no cause or is over is a finding itself. `is_whole` is
    False where other options would find more: then one that fits nothing is told only of other families.
    """
    if not ignores.all and not ignores.faults:
        return report
    told = list(ignores.faults)
    in_force = [ignore for ignore in ignores.all if not _is_void(ignore, today, told)]
    used: set[int] = set()
    kept: list[Diagnosis] = []
    silenced: list[Silenced] = []
    for diagnosis in report.diagnoses:
        left = []
        for evidence in diagnosis.evidence:
            fitting = [i for i in in_force if i.cause == diagnosis.cause and i.fits(evidence.where)]
            used.update(map(id, fitting))
            if fitting:
                one = _about(diagnosis, (evidence,))
                silenced.append(Silenced(one, fitting[0].reason, fitting[0].until, fitting[0].told))
            else:
                left.append(evidence)
        if len(left) == len(diagnosis.evidence):
            kept.append(diagnosis)
        elif left:
            kept.append(_about(diagnosis, left))
    for ignore in in_force:
        if id(ignore) not in used:
            told += _unused(ignore, is_whole=is_whole)
        elif not ignore.reason:
            text = f"{ignore.cause} is silenced without a reason."
            told.append(fault("ignore-without-reason", ignore.told, text, ignore.cause))
    wrong = diagnose([Result("ignores", tuple(told), 0.0)], CATALOGUE, report.kind, report.subject)
    return replace(
        report,
        diagnoses=tuple(sorted((*kept, *wrong.diagnoses), key=lambda d: -d.level)),
        checks=_without(report.checks, [each.evidence for each in silenced]),
        silenced=(*report.silenced, *silenced),
    )


def _is_void(ignore: Ignore, today: date, told: list[Evidence]) -> bool:
    """Whether it names no cause or is over, which is told."""
    if ignore.cause not in _CAUSES:
        import difflib

        near = difflib.get_close_matches(ignore.cause, _CAUSES, n=1, cutoff=0.6)
        reason = "no cause has this id" + (f", the nearest is {near[0]}" if near else "")
        text = f"{ignore.cause!r} is to be silenced, and {reason}."
        told.append(fault("ignore-unknown-id", ignore.told, text, ignore.cause, reason))
        return True
    if ignore.until is not None and today > ignore.until:
        reason = f"it ended on {ignore.until.isoformat()}"
        text = f"{ignore.cause} was silenced until {ignore.until.isoformat()}."
        told.append(fault("ignore-expired", ignore.told, text, ignore.cause, reason))
        return True
    return False


def _unused(ignore: Ignore, *, is_whole: bool) -> list[Evidence]:
    can_be_found = "P" in MEANINGS[ignore.cause].seen_by
    by_option = can_be_found and not is_whole and ignore.cause.startswith(_OF_OPTIONS)
    if ignore.cause in _OF_THE_MOMENT or by_option:
        return []
    reason = "nothing was found that it is for" if can_be_found else "preflight can't find this cause"
    text = f"{ignore.cause} is silenced, and {reason}."
    return [fault("ignore-not-found", ignore.told, text, ignore.cause, reason)]


def _about(diagnosis: Diagnosis, evidence: Sequence[Evidence]) -> Diagnosis:
    """The diagnosis on a part of its evidence, whose names its texts have then."""
    made = diagnose([Result("", tuple(evidence), 0.0)], (_CAUSES[diagnosis.cause],), "", "").diagnoses
    if not made:  # not of the catalogue's patterns: made otherwise
        return replace(diagnosis, evidence=tuple(evidence))
    return replace(made[0], incident=diagnosis.incident)


def _without(results: tuple[Result, ...], silenced: Sequence[Evidence]) -> tuple[Result, ...]:
    gone = set(map(id, silenced))
    return tuple(
        replace(result, evidence=tuple(e for e in result.evidence if id(e) not in gone)) for result in results
    )
