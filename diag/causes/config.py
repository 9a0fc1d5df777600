"""Causes about config vars and settings. Names are shown, values never."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import ANYWHERE

_CONFIG_VARS = "https://devcenter.heroku.com/articles/config-vars"

# Clients of services name the variable that they would read: "set the environment variable X".
# What clients say of a token, an id or an address that can't be one.
_REFUSED = Pattern(r"^(?:BadDsn: |LoginFailure: Improper token|InvalidToken\b|ApiIdInvalid: )")
_NAME = r"(?P<variable>[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30})+)"
_ASKS_FOR = (
    Pattern(
        r"^(?!KeyError|.*DJANGO_SETTINGS_MODULE)\w+: .{0,300}?"
        r"\b(?:set|[Pp]rovide|[Dd]efine|[Mm]issing|requires?)\b(?: the| a| an| your| either| required)?"
        rf"(?: env\w*(?: |-)variables?:?)? ?[`'\"]?{_NAME}\b.{{0,120}}?[Ee]nv\w*[ -]?var"
    ),
    Pattern(
        r"^(?!KeyError|.*DJANGO_SETTINGS_MODULE)\w+: .{0,300}?"
        rf"\b{_NAME}[`'\"]? (?:env\w*[ -]var\w* )?"
        r"(?:is |was |has |must )?(?:not (?:been )?set|not found|missing|required|be set|unset)\b"
    ),
)

CONFIG = (
    Cause(
        id="config/missing-var",
        level=Level.FAIL,
        codes=("H10",),
        title="{variable} is not set, and the app needs it.",
        when=(
            *judged("variable-needed", Fact.PROJECT_CONFIG),
            Seen(Fact.CONFIG_REQUIRED, at_least=Level.WARN, fault="missing"),
            Seen(*ANYWHERE, fault="variable", variable=Pattern(r".")),
            # A traceback names the field of pydantic's settings, and not the prefix of their variables.
            Seen(*ANYWHERE, fault=("setting", "variable-perhaps"), confidence=Confidence.LIKELY),
            Seen(
                *ANYWHERE,
                chain=Pattern(r"^UndefinedValueError: (?P<variable>\w+) not found\. Declare it as envvar"),
            ),
            Seen(
                *ANYWHERE,
                chain=Pattern(r"^ImproperlyConfigured: Set the (?P<variable>\w+) environment variable"),
            ),
            Seen(*ANYWHERE, chain=Pattern(r'^Env\w*Error: Environment variable "(?P<variable>\w+)" not set')),
            Seen(
                *ANYWHERE,
                chain=Pattern(r"^KeyError: \W*Config '(?P<variable>\w+)' is missing, and has no default"),
            ),
            # Clients of services name the variable that they would read.
            *(Seen(*ANYWHERE, chain=words, confidence=Confidence.LIKELY) for words in _ASKS_FOR),
        ),
        why="A dyno has the config vars of the app and no .env file: that one is not committed. The code "
        "stops where it reads the name.",
        fix=(
            "heroku config:set {variable}=…",
            "All that are missing: {names}",
            "heroku config   (the names and values that are set)",
        ),
        docs=_CONFIG_VARS,
        over=("config/django-settings", "boot/process-exited"),
    ),
    Cause(
        id="config/invalid-value",
        level=Level.FAIL,
        codes=("H10",),
        title="{variable} is set to a value of the wrong form.",
        title_without="A config var is set to a value of the wrong form.",
        when=(
            Seen(
                Fact.CONFIG_VALUE,
                at_least=Level.WARN,
                fault=("blanks", "quoted", "not-a-number", "empty", "zero", "no-scheme", "canary"),
                variable=Pattern(r"(?P<workers>WEB_CONCURRENCY)|."),
            ),
            Seen(*ANYWHERE, fault="variable-value", variable=Pattern(r"(?P<workers>WEB_CONCURRENCY)|.")),
            Seen(*ANYWHERE, fault="setting-value", confidence=Confidence.LIKELY),
            Seen(
                Fact.LAUNCH,
                fault="invalid-argument",
                argument=Pattern(r"^(?P<variable>.+)$"),
                confidence=Confidence.LIKELY,
            ),
            Seen(*ANYWHERE, chain=_REFUSED, confidence=Confidence.LIKELY),
            Seen(Fact.MODEL_SOURCE, fault="malformed"),
            Seen(
                *ANYWHERE,
                chain=Pattern(r'^\w*Error: Environment variable "(?P<variable>\w+)" invalid'),
            ),
        ),
        why="A config var is text, taken as it was typed: quotes, blanks and nothing at all are part of it. "
        "Who reads it as a number or an address stops there.",
        fix=(
            "heroku config:unset {workers}   (Heroku then sets it by the dyno's size)",
            "heroku config:get {variable} | cat -A   (shows blanks and quotes; $ marks the end)",
            "heroku config:set {variable}=…",
        ),
        docs=_CONFIG_VARS,
    ),
    Cause(
        id="config/too-large",
        level=Level.FAIL,
        codes=(),
        title="The config vars take {total_bytes} bytes of {limit_bytes}, most of it {variable}.",
        when=(*judged("too-large", Fact.PROJECT_CONFIG), Seen(Fact.CONFIG_SIZE, fault="too-large")),
        why="All config vars of an app together may have 32 KB. A model or a certificate chain as base64 "
        "is soon over it.",
        fix=(
            "Keep large things in object storage: heroku config:set MODEL_URI=s3://BUCKET/KEY",
            "heroku config:unset {variable}",
        ),
        docs=_CONFIG_VARS,
    ),
    Cause(
        id="config/database-url-scheme",
        level=Level.FAIL,
        codes=("H10",),
        title="The database URL begins with postgres://, which SQLAlchemy 1.4 and later do not know.",
        when=(
            *judged("postgres-scheme", Fact.PROJECT_CONFIG),
            Seen(*ANYWHERE, chain=Pattern(r"Can't load plugin: sqlalchemy\.dialects:postgres$")),
            Seen(Fact.CONFIG_VALUE, fault="postgres-scheme"),
        ),
        why="Heroku sets DATABASE_URL with postgres:// and renews it, so the app must change it each time "
        "it reads it.",
        fix=(
            'In code: url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)',
            'With SQLAlchemy 2.1 and psycopg2: replace by "postgresql+psycopg2://"',
            'git commit -am "Read postgres:// as postgresql://" && git push heroku main',
        ),
        docs="https://devcenter.heroku.com/articles/connecting-heroku-postgres#connecting-in-python",
    ),
    Cause(
        id="config/allowed-hosts",
        level=Level.FAIL,
        codes=(),
        title="Django refuses requests to {host}, which is not in ALLOWED_HOSTS.",
        when=(
            *judged("hosts", Fact.PROJECT_CONFIG),
            Seen(*ANYWHERE, fault="host-heroku"),
            Seen(*ANYWHERE, fault="host-other", confidence=Confidence.POSSIBLE),
            Seen(*ANYWHERE, fault="host-junk", confidence=Confidence.POSSIBLE),
        ),
        why="With DEBUG off Django answers 400 to each request whose Host header ALLOWED_HOSTS does not name "
        "(DisallowedHost). Scanners that ask by address or by another name are refused too, and rightly.",
        fix=(
            'In settings.py, if {host} is a name of this app: ALLOWED_HOSTS = [".herokuapp.com", "{host}"]',
            "heroku domains   (the names of this app; leave all others refused)",
            'git commit -am "Allow the host" && git push heroku main',
        ),
        docs="https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts",
        rivals=(
            Rival("request/unhandled-exception", "the name is not in heroku domains: a scanner asked for it"),
        ),
    ),
    Cause(
        id="config/secret-committed",
        level=Level.WARN,
        codes=(),
        title="{file} has a secret in it, and is part of the source.",
        when=(*judged("secret", Fact.PROJECT_SECRET), *judged("secret-key", Fact.PROJECT_SECRET)),
        why="What is committed is in every clone and in the history, for ever. Heroku's place for secrets is "
        "the config vars.",
        fix=(
            "Make a new secret first: the old one counts as known.",
            "heroku config:set {variable}=…   (the new one)",
            "git rm --cached {env_file} && echo {env_file} >> .gitignore",
            'In {source}, read it from a config var: os.environ["NAME"]',
            'git commit -am "Take the secret out of the source" && git push heroku main',
        ),
        docs=_CONFIG_VARS,
        confidence=Confidence.LIKELY,
    ),
    Cause(
        id="config/django-settings",
        level=Level.FAIL,
        codes=("H10",),
        title="Django's settings are not complete: {reason}",
        when=(
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"^ImproperlyConfigured: (?:(?=.*(?P<settings>DJANGO_SETTINGS_MODULE))|)"
                    r"(?P<reason>.{1,100}(?!\S)|\S{1,100})"
                ),
            ),
        ),
        why="Django stops at the first setting it can't use (ImproperlyConfigured). Often the setting is "
        "read from a config var that this app does not have.",
        fix=(
            "heroku config:set {settings}=PROJECT.settings",
            'In wsgi.py, first of all: os.environ.setdefault("{settings}", "PROJECT.settings")',
            "heroku config   (are the variables set that settings.py reads?)",
            "heroku run python manage.py check --deploy",
        ),
        docs="https://docs.djangoproject.com/en/stable/topics/settings/",
        confidence=Confidence.LIKELY,
        rivals=(Rival("config/missing-var", "settings.py reads this setting from a config var"),),
    ),
    Cause(
        id="config/debug-on",
        level=Level.WARN,
        codes=(),
        title="{variable} turns on debug mode in production.",
        when=(
            *judged("debug-on", Fact.PROJECT_CONFIG, Fact.PROJECT_SOURCE),
            Seen(Fact.CONFIG_VALUE, fault="debug-on"),
        ),
        why="In debug mode an error page shows source code and settings to everybody, and some frameworks "
        "let the reader run code.",
        title_without="{setting} turns on debug mode in production.",
        fix=(
            "heroku config:unset {variable}",
            'In {file}, line {line}: {setting_name} = os.environ.get("DEBUG") == "1"',
        ),
        docs=_CONFIG_VARS,
    ),
)
