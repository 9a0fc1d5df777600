"""Causes about the way of a model's file to the dyno: which one, from where, and whether it came whole."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import ANYWHERE

_KERAS = "https://keras.io/guides/serialization_and_saving/"
_CONFIG_VARS = "https://devcenter.heroku.com/articles/config-vars"
_S3_ON_HEROKU = "https://devcenter.heroku.com/articles/s3"

MODEL_SOURCE = (
    Cause(
        id="model/source-unset",
        level=Level.FAIL,
        codes=(),
        title="No model source is configured: {variable} is not set.",
        when=(
            Seen(Fact.MODEL_SOURCE, fault="unset", encoding=Pattern(r"^(?P<encoding>base64)$")),
            Seen(Fact.MODEL_SOURCE, fault="unset", variable=Pattern(r"^(?P<weights>MODEL_WEIGHTS_URL)$")),
            Seen(Fact.MODEL_SOURCE, fault="unset", variable=Pattern(r"^(?P<layers>MODEL_ARCHITECTURE_URL)$")),
            Seen(Fact.MODEL_SOURCE, fault="unset", variable=Pattern(r"^(?P<graph>ONNX_MODEL_PATH)$")),
            Seen(Fact.MODEL_SOURCE, fault="unset", variable=Pattern(r"^(?P<uri>.+)$")),
        ),
        why="On a dyno the model comes from where a config var says. Without one the app runs and has "
        "nothing to predict with, so /readyz stays at 503.",
        fix=(
            'heroku config:set {variable}="$(base64 -w0 model.tflite)"   ({encoding}: for less than 24 KB)',
            "heroku config:set {weights}=s3://BUCKET/model.weights.h5",
            "heroku config:set {layers}=s3://BUCKET/model.json   (or module:function of the app)",
            "heroku config:set {graph}=s3://BUCKET/model.onnx",
            "aws s3 cp model.keras s3://BUCKET/model.keras   (and name it in {uri})",
            "heroku config:set {uri}=s3://BUCKET/model.keras",
            "For a model in the repository: heroku config:set {uri}=models/model.keras",
        ),
        docs=_CONFIG_VARS,
    ),
    Cause(
        id="model/download-failed",
        level=Level.FAIL,
        codes=(),
        title="The model can't be downloaded: its source {what}.",
        when=(
            *(
                Seen(Fact.MODEL_DOWNLOAD, fault="http-status", status=Pattern(pattern))
                for pattern in (r"^(?P<missing>404|410)$", r"^(?P<refused>401|403)$", r"^(?P<odd>\d+)$")
            ),
            *(
                Seen(Fact.MODEL_DOWNLOAD, fault=Pattern(pattern))
                for pattern in (
                    r"^(?P<busy>server-error)$",
                    r"^(?P<away>unreachable)$",
                    r"^(?P<broken>cut|stalled)$",
                    r"^(?P<slow>deadline)$",
                    r"^(?P<astray>redirect-loop|redirect-target)$",
                    r"^(?P<untrusted>certificate)$",
                    r"^(?P<ended>ended)$",
                )
            ),
            # In the app's own code, which the traceback shows.
            *(
                Seen(
                    *ANYWHERE,
                    fault="model-download",
                    status=Pattern(pattern),
                    confidence=Confidence.LIKELY,
                )
                for pattern in (
                    r"^(?P<missing_here>404|410)$",
                    r"^(?P<refused_here>401|403)$",
                    r"^(?P<odd_here>\d+)$",
                )
            ),
            Seen(*ANYWHERE, fault="model-download", confidence=Confidence.LIKELY),
        ),
        why="A dyno's disk is empty after each restart, so the app fetches its model at every start. Until "
        "it has come, there is nothing to predict with.",
        fix=(
            "Look at {file}, line {line}: is the address with its {missing_here} still right?",
            "Look at {file}, line {line}: {refused_here} means it is private, or a signature expired.",
            "curl -sI URL   (from heroku run bash: what does it say with its {odd_here}?)",
            "curl -sI '{source}'   ({missing}: is the path right?)",
            "heroku config:set {variable}=https://…   ({missing}: with the path the server has)",
            "heroku config:set {variable}=https://…   ({refused}: it is private, or a signature expired)",
            "For a private file in S3 ({refused}): heroku config:set MODEL_URI=s3://BUCKET/KEY",
            "curl -sSI '{source}'   (what does it say with its {odd}?)",
            "A {busy} passes by itself, and the app tries again. If it stays, ask those who run {host}.",
            "The app tries again while it is {away}. Is the host right, and open to the world?",
            "The app tries again by itself, from where it was {broken} if the server allows that.",
            "If it is {broken} again and again, serve the file from S3 or a CDN.",
            "Serve the file from S3 or a CDN, near the dyno's region: its {slow} is ten minutes.",
            "curl -sSIL '{source}'   (shows where it leads: {astray})",
            "heroku config:set {variable}=https://…   ({astray}: the URL of the file, not of its page)",
            "curl -vI '{source}'   (shows the {untrusted}: renew it, or use the host it is made out to)",
            "heroku logs --tail   (the download {ended} from outside: R14 or R15 beside it tell of memory)",
        ),
        docs=_S3_ON_HEROKU,
        rivals=(Rival("boot/remote-call-failed", "what was asked for is no model"),),
        over=("boot/remote-call-failed",),
    ),
    Cause(
        id="model/base64-invalid",
        level=Level.FAIL,
        codes=(),
        title="{variable} does not decode: {what}.",
        when=(Seen(Fact.MODEL_SOURCE, fault="base64-invalid"),),
        why="The model is given as base64 in a config var, and its value is none, or only a part of it. All "
        "config vars of an app together may have 32 KB, so a model above 24 KB has no room there.",
        fix=(
            'heroku config:set {variable}="$(base64 -w0 model.tflite)"',
            "For a larger one: aws s3 cp model.keras s3://BUCKET/model.keras",
            "heroku config:unset {variable} && heroku config:set MODEL_URI=s3://BUCKET/model.keras",
        ),
        docs=_CONFIG_VARS,
    ),
    Cause(
        id="model/version-unmapped",
        level=Level.FAIL,
        codes=(),
        title="No model is mapped to APP_VERSION {version}, and there is none to fall back to.",
        when=(Seen(Fact.MODEL_SOURCE, fault="version-unmapped"),),
        why="With APP_VERSION the model comes from MODEL_URL_V1, MODEL_URL_V2 and so on (V1 is 1.0.0, V2 is "
        "1.1.0; MODEL_URL_V1_2_0 is 1.2.0). A version without its own gets the newest, and none is set.",
        fix=(
            "heroku config:set {variable}=s3://BUCKET/model.keras",
            "For one model for all versions: heroku config:set MODEL_URI=s3://BUCKET/model.keras",
        ),
        docs=_CONFIG_VARS,
    ),
    Cause(
        id="model/lfs-pointer",
        level=Level.FAIL,
        codes=("H10",),
        title="{name} is a Git LFS pointer, not the model.",
        when=(
            *judged("lfs-pointer", Fact.PROJECT_MODEL),
            Seen(Fact.MODEL_FILE, fault="lfs-pointer"),
            # A pointer begins with "version", and v is where unpickling stops.
            Seen(*ANYWHERE, fault="pickle-lfs-pointer", confidence=Confidence.LIKELY),
        ),
        why="Git LFS keeps large files elsewhere and commits a few lines of text in their place. Heroku's "
        "build does not fetch them, and an upload of such a checkout sends the text.",
        fix=(
            "git lfs pull   (the file then has its {real_bytes:,} bytes on your machine)",
            "git lfs pull && git lfs ls-files   (the files whose content is kept elsewhere)",
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
            Seen(Fact.MODEL_DOWNLOAD, fault="checksum"),
            Seen(
                Fact.MODEL_FILE,
                fault=("empty", "html", "xml", "json", "truncated", "damaged", "not-a-model", "checksum"),
            ),
            Seen(Fact.MODEL_FILE, fault=("unsafe-archive", "too-large", "encrypted")),
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"(?P<what>truncated file: eof = \d+, .*?stored_eof = \d+"
                    r"|bad (?:symbol table node|object header|heap|B-tree)[\w -]* signature"
                    r"|Bad CRC-32 for file '[^']+'"
                    r"|pickle data was truncated)"
                ),
            ),
            Seen(*ANYWHERE, fault=("pickle-page", "pickle-damaged"), confidence=Confidence.LIKELY),
            Seen(*ANYWHERE, fault="model-signature", confidence=Confidence.LIKELY),
        ),
        why="The file is damaged, or something else than a model: a download that broke off, a page that "
        "tells of an error, the wrong file. Loading it again gives the same.",
        fix=(
            "If the new model is meant: heroku config:set MODEL_SHA256={found}   (pinned is {expected})",
            "Pack it anew without {entry}: tar -czf model.tar.gz -C SAVED_MODEL_FOLDER .",
            "sha256sum model.keras   (where it was made and where it is served: the same?)",
            "Upload it again: aws s3 cp model.keras s3://BUCKET/model.keras",
            "heroku config:set MODEL_SHA256=…   (so that a wrong or cut file is told before it is loaded)",
        ),
        docs=_KERAS,
        rivals=(
            Rival("model/lfs-pointer", "head -c 120 FILE begins with version https://git-lfs"),
            Rival("boot/missing-file", "the path is another than the one that was uploaded"),
        ),
    ),
)
