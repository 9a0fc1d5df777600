"""Causes about the services an app talks to: databases and Redis."""

from checks.evidence import Level
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.raised import ANYWHERE

# What the drivers of PostgreSQL, MySQL, MongoDB and Redis say. SQLite has no server to reach.
_UNREACHABLE = Pattern(
    r"^(?:OperationalError: (?=.*(?:[Cc]onnection refused|could not translate host name"
    r"|failed to resolve host"
    r"|[Cc]an't connect to"
    r"|connection to server at|could not connect to server|timeout expired|server closed the connection"
    r"|no pg_hba\.conf entry|password authentication failed|[Tt]oo many (?:connections|clients)"
    r"|remaining connection slots|Access denied for user|FATAL: +(?:database|role) \"[^\"]*\" does not exist"
    r"|SSL (?:connection has been closed unexpectedly|SYSCALL error)|[Cc]onnection timed out|gone away"
    r"|Lost connection to MySQL))"
    r"|ServerSelectionTimeoutError: |ConfigurationError: (?=The DNS query name does not exist)"
    r"|ConnectionError: (?=Error .*connecting to )(?!.*CERTIFICATE_VERIFY_FAILED)"
    r"|ConnectionError: (?=max number of clients reached))(?P<reason>.{1,110}(?!\S)|\S{1,110})"
)
_REDIS_CERTIFICATE = Pattern(
    r"^ConnectionError: Error .*connecting to (?P<redis>\S+?)\.? .*CERTIFICATE_VERIFY_FAILED"
    r"|A rediss:// URL must have parameter ssl_cert_reqs"
)
_NO_TABLE = Pattern(
    r"(?:relation \"(?P<postgres>[^\"]+)\" does not exist|no such table: (?P<sqlite>[\w.]+)"
    r"|Table '(?P<mysql>[^']+)' doesn't exist|column (?P<column>\S+) does not exist"
    r"|no such column: (?P<sqlite_column>[\w.]+))"
)

SERVICE = (
    Cause(
        id="service/database-unreachable",
        level=Level.FAIL,
        codes=("H10",),
        title="The app asks its database, and gets no connection: {reason}",
        when=(Seen(*ANYWHERE, chain=_UNREACHABLE),),
        why="The address, the password or the database itself is not right, or it accepts no more "
        "connections. What is asked at import takes the web process down with it.",
        fix=(
            "heroku pg:info   (is there a Postgres database, is it available, how many connections?)",
            "heroku config   (does the app read DATABASE_URL or REDIS_URL, or an address of its own?)",
            "localhost is the dyno itself, where no database runs: heroku addons:create heroku-postgresql",
            "If it is asked at import ({file}, line {line}), move that into the first request.",
        ),
        docs="https://devcenter.heroku.com/articles/connecting-heroku-postgres",
        confidence=Confidence.LIKELY,
        rivals=(Rival("config/missing-var", "the message names localhost: the code fell back to a default"),),
        over=("boot/remote-call-failed",),
    ),
    Cause(
        id="service/redis-certificate",
        level=Level.FAIL,
        codes=("H10",),
        title="The certificate of Redis at {redis} does not pass verification.",
        title_without="Redis is asked by TLS, and what to do with its certificate is not said.",
        when=(Seen(*ANYWHERE, chain=_REDIS_CERTIFICATE),),
        why="Heroku Key-Value Store speaks TLS (rediss://) with a self-signed certificate, which a client "
        "refuses as long as it is told to verify.",
        fix=(
            'In code: redis.from_url(os.environ["REDIS_URL"], ssl_cert_reqs=None)',
            "For Celery: REDIS_URL with ?ssl_cert_reqs=CERT_NONE at its end",
            'git commit -am "Accept the certificate of Redis" && git push heroku main',
        ),
        docs="https://devcenter.heroku.com/articles/connecting-heroku-redis#connecting-in-python",
        over=("boot/remote-call-failed",),
    ),
    Cause(
        id="service/database-not-migrated",
        level=Level.FAIL,
        codes=("H10",),
        title="The app asks for a table or column that its database does not have.",
        when=(
            Seen(
                *ANYWHERE,
                type=("OperationalError", "ProgrammingError", "UndefinedTable", "UndefinedColumn"),
                chain=_NO_TABLE,
            ),
        ),
        why="The migrations that create it have not run on this database, or they run after the code that "
        "needs it.",
        fix=(
            "Django: heroku run python manage.py migrate",
            "Flask-Migrate: heroku run flask db upgrade   Alembic: heroku run alembic upgrade head",
            "For each release, in Procfile: release: python manage.py migrate",
        ),
        docs="https://devcenter.heroku.com/articles/release-phase",
        confidence=Confidence.LIKELY,
        rivals=(Rival("config/missing-var", "the app is connected to another database than you migrated"),),
    ),
)
