"""Causes about the way of a model's file to the dyno: which one, from where, and whether it came whole."""

import re

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Seen

_KERAS = "https://keras.io/guides/serialization_and_saving/"
_S3_ON_HEROKU = "https://devcenter.heroku.com/articles/s3"

MODEL_SOURCE = (
    Cause(
        id="model/source-unset",
        level=Level.FAIL,
        codes=(),
        title="No model source is configured: {variable} is not set.",
        when=(Seen(Fact.MODEL_SOURCE, fault="unset"),),
        why="On a dyno the model comes from where a config var says. Without one the app runs and has "
        "nothing to predict with, so /readyz stays at 503.",
        fix=(
            "aws s3 cp model.keras s3://BUCKET/model.keras",
            "heroku config:set {variable}=s3://BUCKET/model.keras",
            "For a model in the repository: heroku config:set {variable}=models/model.keras",
        ),
        docs="https://devcenter.heroku.com/articles/config-vars",
    ),
    Cause(
        id="model/lfs-pointer",
        level=Level.FAIL,
        codes=("H10",),
        title="{name} is a Git LFS pointer, not the model.",
        when=(Seen(Fact.MODEL_FILE, fault="lfs-pointer"),),
        why="Git LFS keeps large files elsewhere and commits a few lines of text in their place. Heroku's "
        "build does not fetch them, and an upload of such a checkout sends the text.",
        fix=(
            "git lfs pull   (the file then has its {real_bytes:,} bytes on your machine)",
            "aws s3 cp {name} s3://BUCKET/{name}",
            "heroku config:set MODEL_URI=s3://BUCKET/{name}",
        ),
        docs=_S3_ON_HEROKU,
    ),
    Cause(
        id="model/corrupt",
        level=Level.FAIL,
        codes=(),
        title="The model file can't be used: {what}.",
        when=(
            Seen(Fact.S3_OBJECT, fault="empty"),
            Seen(
                Fact.MODEL_FILE,
                fault=("empty", "html", "xml", "json", "truncated", "damaged", "not-a-model", "checksum"),
            ),
            Seen(
                Fact.MODEL_LOAD,
                chain=re.compile(
                    r"(?P<what>truncated file: eof = \d+, .*?stored_eof = \d+"
                    r"|bad (?:symbol table node|object header|heap|B-tree)[\w -]* signature"
                    r"|Bad CRC-32 for file '[^']+'"
                    r"|pickle data was truncated)"
                ),
            ),
        ),
        why="The file is damaged, or something else than a model: a download that broke off, a page that "
        "tells of an error, the wrong file. Loading it again gives the same.",
        fix=(
            "If the new model is meant: heroku config:set MODEL_SHA256={found}   (pinned is {expected})",
            "sha256sum model.keras   (where it was made and where it is served: the same?)",
            "Upload it again: aws s3 cp model.keras s3://BUCKET/model.keras",
            "heroku config:set MODEL_SHA256=…   (so that a wrong or cut file is told before it is loaded)",
        ),
        docs=_KERAS,
    ),
)
