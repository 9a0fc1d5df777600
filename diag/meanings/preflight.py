"""The preflight itself: what a project tells it."""

from diag.meanings.meaning import Meaning

PREFLIGHT = {
    "preflight/ignore-without-reason": Meaning("P", "a finding is silenced without a reason."),
    "preflight/ignore-not-found": Meaning(
        "P", "an ignore fits nothing: no finding, no cause of that id, or a date that is past."
    ),
}
