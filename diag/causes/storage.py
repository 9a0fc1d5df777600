"""Causes about S3 and the dyno's disk."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import ANYWHERE

_S3_ERRORS = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
_CONFIG_VARS = "https://devcenter.heroku.com/articles/config-vars"
_S3_ON_HEROKU = "https://devcenter.heroku.com/articles/s3"

_WHILE_IT_RUNS = (Fact.REQUEST_EXCEPTION, Fact.PROCESS_EXCEPTION)

STORAGE = (
    Cause(
        id="storage/credentials-missing",
        level=Level.FAIL,
        codes=("H10",),
        title="The app asks S3, and {names} is not set.",
        when=(Seen(Fact.S3_CREDENTIALS, fault="missing"), Seen(*ANYWHERE, fault="s3-no-credentials")),
        why="A dyno has no instance role: without credentials in its config vars boto3 finds none "
        "(NoCredentialsError), and nothing can be read.",
        fix=(
            "heroku config:set AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…",
            "heroku config   (shows which of them is missing)",
        ),
        docs=_S3_ON_HEROKU,
    ),
    Cause(
        id="storage/credentials-malformed",
        level=Level.FAIL,
        codes=(),
        title="{variable} has a form that no AWS credential has: {shape}.",
        when=(Seen(Fact.S3_CREDENTIALS, fault="malformed"),),
        why="Blanks and quotes become part of a config var's value, and S3 compares every character.",
        fix=("heroku config:set AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…   (no quotes, no blanks)",),
        docs=_CONFIG_VARS,
    ),
    Cause(
        id="storage/credentials-invalid",
        level=Level.FAIL,
        codes=(),
        title="S3 does not know the access key in AWS_ACCESS_KEY_ID.",
        when=(Seen(Fact.S3_IDENTITY, fault="unknown-key"), Seen(*ANYWHERE, fault="s3-unknown-key")),
        why="The key was deleted or deactivated, is misspelt, or belongs to another provider than the "
        "endpoint.",
        fix=(
            "aws iam list-access-keys   (is the key there, and Active?)",
            "heroku config:set AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…",
            "For another provider than AWS: heroku config:set AWS_ENDPOINT_URL_S3=https://…",
        ),
        docs=_S3_ERRORS,
    ),
    Cause(
        id="storage/secret-wrong",
        level=Level.FAIL,
        codes=(),
        title="AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID.",
        when=(Seen(Fact.S3_IDENTITY, fault="wrong-secret"), Seen(*ANYWHERE, fault="s3-wrong-secret")),
        why="S3 computes the signature anew with the secret it knows, and gets another one "
        "(SignatureDoesNotMatch): the secret is cut, misspelt, or another key's.",
        fix=(
            "heroku config:set AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…   (both of one pair)",
            "aws iam create-access-key   (a secret is shown once; if it is lost, make a new pair)",
        ),
        docs=_S3_ERRORS,
    ),
    Cause(
        id="storage/credentials-expired",
        level=Level.FAIL,
        codes=(),
        title="The temporary AWS credentials have expired.",
        when=(Seen(Fact.S3_IDENTITY, fault="expired"), Seen(*ANYWHERE, fault="s3-expired")),
        why="Credentials with an AWS_SESSION_TOKEN last for hours. A dyno restarts daily and needs "
        "lasting ones.",
        fix=(
            "aws iam create-access-key --user-name …",
            "heroku config:set AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…",
            "heroku config:unset AWS_SESSION_TOKEN",
        ),
        docs=_S3_ERRORS,
    ),
    Cause(
        id="storage/access-denied",
        level=Level.FAIL,
        codes=(),
        title="The AWS credentials are valid and may not read s3://{bucket}/{key}.",
        title_without="The AWS credentials are valid and may not read what the app asks for.",
        when=(Seen(Fact.S3_OBJECT, fault="denied"), Seen(*ANYWHERE, fault="s3-denied")),
        why="S3 accepts the signature and refuses the read. It refuses in the same words when the key "
        "does not exist and the identity may not list the bucket.",
        fix=(
            "Allow s3:GetObject on arn:aws:s3:::{bucket}/{key} in the IAM user's policy.",
            (
                "Refused was {operation}: allow it (s3:GetObject for HeadObject and GetObject) on the bucket "
                "and its keys in the IAM user's policy."
            ),
            "Allow s3:ListBucket on arn:aws:s3:::{bucket} too, and a missing key says so itself.",
            "aws s3 ls s3://{bucket}/{key}   (with an administrator's credentials: is it there?)",
        ),
        docs="https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html",
        confidence=Confidence.LIKELY,
        rivals=(Rival("storage/object-missing", "aws s3 ls with an identity that may list the bucket"),),
    ),
    Cause(
        id="storage/bucket-missing",
        level=Level.FAIL,
        codes=(),
        title="The bucket {bucket} does not exist.",
        title_without="The bucket that the app asks for does not exist.",
        when=(Seen(Fact.S3_OBJECT, fault="no-bucket"), Seen(*ANYWHERE, fault="s3-no-bucket")),
        why="The name in the config var is misspelt, or the bucket is at another endpoint or provider.",
        fix=(
            "aws s3 ls   (the buckets these credentials know)",
            "heroku config:set MODEL_URI=s3://BUCKET/{key}   (or S3_BUCKET_NAME=BUCKET)",
        ),
        docs=_S3_ERRORS,
    ),
    Cause(
        id="storage/object-missing",
        level=Level.FAIL,
        codes=(),
        title="The bucket {bucket} has no key {key}.",
        title_without="The bucket does not have the key that the app asks for.",
        when=(
            Seen(Fact.S3_OBJECT, fault="no-key"),
            Seen(*ANYWHERE, fault="s3-no-key", code="NoSuchKey"),
            # An answer to HEAD has no body, and says 404 of a bucket that is not there too.
            Seen(*ANYWHERE, fault="s3-no-key", confidence=Confidence.LIKELY),
        ),
        why="The bucket answers and the key is not in it: never uploaded, in another folder, or with "
        "other capitals.",
        fix=(
            "aws s3 ls s3://{bucket} --recursive   (the keys there are)",
            "aws s3 ls s3://BUCKET --recursive   (is the key that {operation} asks for among them?)",
            "aws s3 cp model.keras s3://{bucket}/{key}",
            "heroku config:set MODEL_URI=s3://{bucket}/KEY",
        ),
        docs=_S3_ERRORS,
        rivals=(
            Rival("storage/bucket-missing", "aws s3 ls s3://BUCKET   (is there a bucket of that name?)"),
        ),
    ),
    Cause(
        id="storage/wrong-region",
        level=Level.FAIL,
        codes=(),
        title="The bucket {bucket} is in another region than the one that is asked.",
        title_without="The bucket is in another region than the one that is asked.",
        when=(Seen(Fact.S3_ENDPOINT, fault="wrong-region"), Seen(*ANYWHERE, fault="s3-wrong-region")),
        why="A signature holds for one region, and S3 answers at the bucket's own region only.",
        fix=(
            "heroku config:set AWS_REGION={region} AWS_DEFAULT_REGION={region}",
            "aws s3api get-bucket-location --bucket {bucket}",
            "heroku config:set AWS_REGION=REGION AWS_DEFAULT_REGION=REGION   (boto3 reads the second)",
        ),
        docs=_S3_ERRORS,
    ),
    Cause(
        id="storage/clock-skew",
        level=Level.FAIL,
        codes=(),
        title="This machine's clock and S3's differ by more than 15 minutes.",
        when=(Seen(Fact.S3_CLOCK, fault="skewed"), Seen(*ANYWHERE, fault="s3-skewed")),
        why="A signature carries its time, and S3 refuses one that is more than 15 minutes off "
        "(RequestTimeTooSkewed).",
        fix=(
            "heroku ps:restart   (moves the dyno to another host)",
            "On a laptop: sudo timedatectl set-ntp true",
        ),
        docs=_S3_ERRORS,
    ),
    Cause(
        id="storage/unreachable",
        level=Level.FAIL,
        codes=(),
        title="The S3 endpoint {host} can't be reached: {reason}.",
        title_without="The S3 endpoint can't be reached.",
        when=(Seen(Fact.S3_ENDPOINT, fault="unreachable"), Seen(*ANYWHERE, fault="s3-unreachable")),
        why="Name resolution, connection or answer failed before any credential was looked at.",
        fix=(
            "curl -sv --max-time 5 https://{host}/ -o /dev/null   (from heroku run bash)",
            "heroku config:get AWS_ENDPOINT_URL_S3   (right scheme, host and port?)",
            "For AWS itself: heroku config:unset AWS_ENDPOINT_URL_S3",
        ),
        docs="https://docs.aws.amazon.com/general/latest/gr/s3.html",
        over=("boot/remote-call-failed",),
    ),
    Cause(
        id="storage/ephemeral-filesystem",
        level=Level.WARN,
        codes=(),
        title="{path} is kept on the dyno's disk, which is empty again after each restart.",
        when=(
            *judged("sqlite", Fact.PROJECT_CONFIG),
            *judged("uploads", Fact.PROJECT_CONFIG),
            Seen(
                *_WHILE_IT_RUNS,
                fault="upload",
                path=Pattern(r"^(?P<upload>.+)$"),
            ),
            Seen(
                *_WHILE_IT_RUNS,
                chain=Pattern(
                    r"^OperationalError: (?:\(sqlite3\.OperationalError\) )?"
                    r"(?:no such table: \S+|(?:attempt to write a|unable to open) \w+ (?:database|file))"
                    r"(?P<sqlite>)"
                ),
                confidence=Confidence.POSSIBLE,
            ),
        ),
        why="Each dyno has a disk of its own, made from the slug. What the app writes there is gone with the "
        "daily restart and with each deploy, and other dynos never see it.",
        fix=(
            "Keep uploads in object storage: upload_fileobj(file, BUCKET, KEY) in place of saving {upload}",
            "heroku addons:create heroku-postgresql   (in place of SQLite; the app reads DATABASE_URL)",
        ),
        docs="https://devcenter.heroku.com/articles/dynos#ephemeral-filesystem",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("service/database-not-migrated", "the app's database is Postgres or MySQL, not SQLite"),
            Rival("boot/missing-file", "the file was committed: git ls-files names it"),
        ),
    ),
    Cause(
        id="storage/disk-full",
        level=Level.FAIL,
        codes=("H10",),
        title="The dyno's disk is full.",
        when=(
            Seen(Fact.S3_OBJECT, Fact.MODEL_DOWNLOAD, Fact.MODEL_FILE, fault="disk-full"),
            Seen(
                *ANYWHERE,
                chain=Pattern(r"\[Errno 28\]|No space left on device"),
            ),
        ),
        why="A write failed with ENOSPC, or the model is larger than what is left.",
        fix=(
            "heroku run df -h /tmp   (what is left in a fresh dyno)",
            "Use a smaller model, or remove what the app writes to /tmp.",
        ),
        docs="https://devcenter.heroku.com/articles/dynos#ephemeral-filesystem",
    ),
)
