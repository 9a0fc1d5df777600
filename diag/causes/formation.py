"""Causes that lie in the app's state on the platform: no dynos, no code, no hours, or closed on purpose."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Rival
from diag.causes.judged import judged

_CODES = "https://devcenter.heroku.com/articles/error-codes"

FORMATION = (
    Cause(
        id="formation/scaled-to-zero",
        level=Level.FAIL,
        codes=("H14",),
        title="No web dyno runs: the web process type is scaled to 0.",
        when=(*judged("scaled-to-zero", Fact.LOG_H14), *judged("undecided", Fact.LOG_H14)),
        why="The router has no dyno to send requests to and answers each with H14. A push does not change "
        "the scale, so deploying again does not help.",
        fix=(
            "heroku ps:scale web=1",
            'heroku ps   (says "No dynos"; if web is unknown to it, the Procfile has no web line)',
        ),
        docs=f"{_CODES}#h14-no-web-dynos-running",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("procfile/missing", '"Procfile declares types -> (none)" in the output of the push'),
            Rival(
                "procfile/no-web-process", '"Procfile declares types" in the output of the push has no web'
            ),
            Rival("procfile/misnamed", "git ls-files | grep -i procfile   shows another name or folder"),
        ),
    ),
    Cause(
        id="formation/blank-app",
        level=Level.FAIL,
        codes=("H81",),
        title="Nothing has been deployed to this app yet.",
        when=(*judged("blank", Fact.LOG_H81),),
        why="The app exists and has no slug, so the router shows its welcome page (H81). A push that failed "
        "leaves the app blank too.",
        fix=(
            "git push heroku main",
            "heroku builds   (did a build fail? heroku builds:output | python -m diag logs)",
        ),
        docs=f"{_CODES}#h81-blank-app",
    ),
    Cause(
        id="formation/maintenance-mode",
        level=Level.INFO,
        codes=("H80",),
        title="Maintenance mode is on: each request gets the maintenance page.",
        when=(*judged("maintenance", Fact.LOG_H80),),
        why="While it is on the router answers 503 (H80) itself. The dynos run on.",
        fix=("heroku maintenance:off",),
        docs="https://devcenter.heroku.com/articles/maintenance-mode",
    ),
    Cause(
        id="formation/eco-hours-exhausted",
        level=Level.FAIL,
        codes=("H82",),
        title="The account's Eco dyno hours of this month are used up.",
        when=(*judged("hours", Fact.LOG_H82),),
        why="All Eco dynos of an account share 1,000 hours a month. When they are used up the dynos sleep "
        "until the next month, and the router answers H82.",
        fix=(
            "heroku ps:type web=basic   (no pool of hours)",
            "heroku ps -a APP   (prints the hours that are left; an app that is pinged never sleeps)",
        ),
        docs="https://devcenter.heroku.com/articles/eco-dyno-hours",
    ),
)
