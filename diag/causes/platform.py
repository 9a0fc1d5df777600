"""Causes that are Heroku's own."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Rival, Seen
from diag.causes.judged import judged

_CODES = "https://devcenter.heroku.com/articles/error-codes"

PLATFORM = (
    Cause(
        id="platform/incident",
        level=Level.FAIL,
        codes=("H99", "R99", "H34"),
        title="The platform itself failed; nothing in the app is to blame for it.",
        when=(
            *judged("platform", Fact.LOG_H99, Fact.LOG_H34),
            Seen(Fact.LOG_R99, confidence=Confidence.CERTAIN),
        ),
        why="H99 and R99 are faults of Heroku's own machines. They mostly end by themselves within minutes.",
        fix=(
            "Look at https://status.heroku.com",
            "heroku ps:restart   (the dynos come up on other machines)",
            "If it lasts: https://help.heroku.com, with the request_id of one of the lines",
        ),
        docs=f"{_CODES}#h99-platform-error",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival(
                "request/connection-refused",
                "H19 or H21 at the same time, and nothing on https://status.heroku.com",
            ),
        ),
    ),
    Cause(
        id="platform/checksum",
        level=Level.FAIL,
        codes=("R17",),
        title="The slug that the dyno fetched is damaged: its checksum is not the one of the build.",
        when=(Seen(Fact.LOG_R17),),
        why="Before a dyno starts, the platform compares the checksum of the slug or image with that of the "
        "build (R17), and does not start what differs.",
        fix=(
            'git commit --allow-empty -m "Build again" && git push heroku main',
            "Look at https://status.heroku.com, and ask https://help.heroku.com if it comes again.",
        ),
        docs=f"{_CODES}#r17-checksum-error",
    ),
    Cause(
        id="platform/slow-start",
        level=Level.WARN,
        codes=("H20",),
        title="No web dyno was up for 75 s, and the app's own boot limit (R10) was not reached.",
        when=(*judged("slow-start", Fact.LOG_H20),),
        why="The 75 s of H20 count from the request and include the platform's part, such as fetching the "
        "slug; the 60 s of R10 count from the launch. H20 alone is mostly a large slug.",
        fix=(
            "heroku ps; heroku logs -n 1500 --dyno web   (State changed from starting to up: how long?)",
            "Make the slug smaller: .slugignore, tensorflow-cpu for tensorflow, no model in the repository.",
            "heroku features:enable preboot   (Standard and Performance: old dynos serve until new ones do)",
        ),
        docs=f"{_CODES}#h20-app-boot-timeout",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("boot/too-slow", "R10 in the lines before"),
            Rival("platform/incident", "https://status.heroku.com shows an incident at this time"),
        ),
    ),
)
