"""Causes about the release phase."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Seen

RELEASE = (
    Cause(
        id="release/command-failed",
        level=Level.FAIL,
        codes=(),
        title="The release command failed, so the old release keeps running.",
        when=(
            Seen(Fact.RELEASE_PHASE, at_least=Level.FAIL),
            Seen(Fact.LAUNCH, at_least=Level.FAIL, process_type="release"),
        ),
        why="The command of the process type release runs after each build, with the config vars. Only "
        "when it ends with status 0 the new release goes live.",
        fix=(
            "heroku releases:output   (what the command said)",
            'heroku run "THE COMMAND"   (the line release: of the Procfile, against the same database)',
            "git commit --allow-empty -m 'Release again' && git push heroku main",
        ),
        docs="https://devcenter.heroku.com/articles/release-phase",
        general=True,
    ),
)
