"""Causes that are about the log itself: what it lacks, and what it should not hold."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Seen

_CODES = "https://devcenter.heroku.com/articles/error-codes"

LOG = (
    Cause(
        id="log/secrets-exposed",
        level=Level.WARN,
        codes=(),
        title="The app prints {kind} into its log.",
        when=(Seen(Fact.LOG_SECRET),),
        why="Who may read the log has it: all collaborators, each drain and each logging add-on, which keep "
        "it for weeks. A credential that was logged counts as known, and taking the line out is not enough.",
        fix=(
            "{renew}",
            "heroku config:set …=…   (the new one)",
            "Log names and never values: no os.environ, no request headers, no URL of a database.",
        ),
        docs="https://devcenter.heroku.com/articles/config-vars",
    ),
    Cause(
        id="log/gap",
        level=Level.WARN,
        codes=("L10", "L11", "L12", "L13"),
        title="Lines are missing from this log ({code}).",
        when=(Seen(Fact.LOG_L10, Fact.LOG_L11, Fact.LOG_L12, Fact.LOG_L13),),
        why="Heroku drops lines when more come than are taken: a drain that answers too slowly (L10), a "
        "tail session behind a slow reader (L11), or the shipper on the dyno's own machine (L12, L13). What "
        "is not in the log of that time may have happened all the same.",
        fix=(
            "heroku logs -n 1500 | python -m diag logs   (reads the buffer again, without a tail session)",
            "An absent line proves nothing from {since} on.",
            "heroku drains   (L10: is the receiver slow, or gone?)",
            "Log less: INFO for DEBUG, no line for each item of a loop.",
        ),
        docs=f"{_CODES}#l10-drain-buffer-overflow",
    ),
    Cause(
        id="log/too-short",
        level=Level.INFO,
        codes=(),
        title="The lines that say why are not in this log.",
        when=(Seen(Fact.LOG_EXTENT, fault="too-short"),),
        why="A code or an exit status is what comes last; its reason was printed before, or by another "
        "program, and heroku logs shows the last 100 lines unless it is asked for more. Heroku keeps 1,500.",
        fix=(
            "{fetch}",
            "heroku logs --tail | python -m diag logs --follow   (and heroku ps:restart elsewhere)",
        ),
        docs="https://devcenter.heroku.com/articles/logging",
    ),
)
