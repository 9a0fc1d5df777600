"""Causes that show while requests are served."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged

_CODES = "https://devcenter.heroku.com/articles/error-codes"
_SLOW = "heroku logs --tail --dyno router   (service= is the time of each request)"
# As much of an error as a title has room for, cut between words.
_ERROR = Pattern(r"^(?P<error>.{1,110}(?!\S)|\S{1,110})")

REQUEST = (
    Cause(
        id="request/too-slow",
        level=Level.FAIL,
        codes=("H12",),
        title="Requests wait longer than 30 s for an answer, most often {route}.",
        when=(
            *judged("too-slow", Fact.LOG_H12),
            *judged("loading", Fact.LOG_H12),
            *judged("undecided", Fact.LOG_H12),
        ),
        why="The router waits 30 s for the first byte of an answer, then sends 503 and logs H12. The dyno is "
        "not told: it works on, so a slow request blocks its worker for longer than the user waits.",
        fix=(
            _SLOW,
            "In Procfile: web: gunicorn app:app --timeout 20   (sync workers: the log then has a traceback)",
            "Give each call to another service or the database a time-out: requests.get(url, timeout=5)",
            "Longer work belongs into a worker dyno with a queue (rq, Celery): answer 202 at once.",
            "Or stream the answer: the first byte within 30 s, then one every 55 s.",
            "Is a model loaded or downloaded in the handler? Load it once, when the process starts.",
        ),
        docs="https://devcenter.heroku.com/articles/request-timeout",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("request/queueing", "the same paths are quick when few requests come at a time"),
            Rival(
                "boot/worker-timeout-loop", "WORKER TIMEOUT again and again, and no request is ever answered"
            ),
            Rival("model/fork-deadlock", "all is well without --preload"),
            Rival("memory/over-quota", "R14 in the same minutes: a dyno that swaps is slow in everything"),
        ),
    ),
    Cause(
        id="request/queueing",
        level=Level.FAIL,
        codes=("H11", "H12"),
        title="Requests wait too long for a free worker; the app itself is fast enough.",
        when=(*judged("queueing", Fact.LOG_H11, Fact.LOG_H12, Fact.LOG_H22),),
        why="A sync worker serves one request at a time; the others wait in the dyno, and the router counts "
        "that as the dyno's time. After 30 s it is H12, and H11 when too many wait.",
        fix=(
            "{concurrency:.0f} requests are in the app at a time: workers × threads must be more than that.",
            "In Procfile: web: gunicorn app:app --threads 8   (if requests wait for databases and services)",
            "heroku config:set WEB_CONCURRENCY=4   (if they compute, and the memory is there)",
            "heroku ps:scale web=2   (Standard dynos and larger; Eco and Basic have one)",
            f"{_SLOW}   A path that takes seconds holds up all others.",
        ),
        docs="https://devcenter.heroku.com/articles/python-concurrency",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("request/too-slow", "it takes as long when it is the only request"),
            Rival("memory/over-quota", "R14 in the same minutes: a dyno that swaps is slow in everything"),
        ),
    ),
    Cause(
        id="request/worker-timeout",
        level=Level.FAIL,
        codes=("H13",),
        title="gunicorn killed a worker that was still busy: no sign of life within its --timeout.",
        when=(
            Seen(Fact.WORKER_EXIT, fault="timeout", confidence=Confidence.CERTAIN),
            Seen(Fact.WORKER_EXIT, fault="timeout-unproved"),
            *judged("worker-timeout", Fact.LOG_H13, Fact.LOG_H18),
        ),
        why="A sync worker that works longer than --timeout on one request, or hangs in native code, is "
        "aborted. Its connection closes without an answer (H13; gunicorn 23 and later may send 500). "
        'The line "Perhaps out of memory?" that may follow is no sign of memory here.',
        fix=(
            "The worker was in {file}, line {line}: make this quicker, or give the call a time-out.",
            "Find the request that worker {pid} was busy with: heroku logs --tail --dyno router",
            "In Procfile: web: gunicorn … --threads 4 --timeout 25   (the time-out is then for hung workers)",
            "Work that needs more than 25 s belongs into a worker dyno with a queue.",
        ),
        docs=f"{_CODES}#h13-connection-closed-without-response",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("memory/killed", "R14 or R15 before it, and no WORKER TIMEOUT for the pid"),
            Rival("model/fork-deadlock", "all is well without --preload"),
        ),
    ),
    Cause(
        id="request/keepalive-race",
        level=Level.FAIL,
        codes=("H13", "H18"),
        title="{keeper} closes idle connections after {keepalive} s, the router after 90 s, so now and then "
        "a POST fails.",
        title_without="Now and then a POST meets a connection that the app is just closing.",
        when=(*judged("keepalive-race", Fact.PROJECT_COMMAND, Fact.LOG_H13, Fact.LOG_H18),),
        why="Router 2.0 keeps connections to the dyno open for 90 s and uses them again. A server that "
        "closes idle ones sooner (gunicorn's threads after 2 s, uvicorn after 5 s) may do so as a request "
        "arrives. The router sends a GET again, but never a POST.",
        fix=(
            "In {in_file}: {right}   (in place of {wrong})",
            "In Procfile: web: gunicorn … --keep-alive 95   (or: web: uvicorn … --timeout-keep-alive 95)",
            "heroku labs:enable http-disable-keepalive-to-dyno   (Cedar: no connection is used twice)",
        ),
        docs="https://devcenter.heroku.com/articles/http-routing#keepalives",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("request/stream-broken", "it is always the same path, such as an upload that is refused"),
            Rival("memory/killed", "a process of the dyno ended in the same seconds"),
        ),
    ),
    Cause(
        id="request/stream-broken",
        level=Level.FAIL,
        codes=("H18",),
        title="The app breaks off in the middle of {route}.",
        when=(*judged("stream-broken", Fact.LOG_H18),),
        why="The dyno closed the connection after the request or the answer had begun, so the status may "
        "already have been sent. An exception in a generator or a streaming response does this.",
        fix=(
            "Look for a traceback in the second of the H18: heroku logs --tail --dyno web",
            "Catch exceptions inside the generator of the streaming response, and end the stream properly.",
            "An upload that is refused: read the body to its end before you answer.",
        ),
        docs=f"{_CODES}#h18-server-request-interrupted",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("request/keepalive-race", "only POST fails, at random and on all paths"),
            Rival("request/worker-timeout", "WORKER TIMEOUT in the same second"),
            Rival("memory/killed", "a process of the dyno ended in the same seconds"),
        ),
    ),
    Cause(
        id="request/idle-connection",
        level=Level.FAIL,
        codes=("H15", "H28"),
        title="A connection is silent for 55 s and the router closes it: {route}.",
        when=(*judged("idle", Fact.LOG_H15), *judged("client-idle", Fact.LOG_H28)),
        why="After the first byte each side must send one at least every 55 s. H15: the app was silent "
        "within its answer. H28: the client was, so it is not the app's fault.",
        fix=(
            "Server-sent events and other streams: send a comment line (: ping) every 20 s.",
            "WebSockets: ping every 20 s. In Procfile: web: uvicorn … --ws-ping-interval 20",
            "Long work within a stream belongs into a worker dyno with a queue.",
        ),
        docs=f"{_CODES}#h15-idle-connection",
        rivals=(),
    ),
    Cause(
        id="request/client-gave-up",
        level=Level.INFO,
        codes=("H27",),
        title="Clients closed their connection before the answer was there.",
        when=(*judged("client", Fact.LOG_H27, Fact.LOG_H18),),
        why="A browser tab was closed, a page was left, or the client's own time-out was over (status 499). "
        "It is not the app's fault, but people leave pages that are slow.",
        fix=(
            "They had waited {waited} (the median): make {route} quicker.",
            "Nothing to do if it is rare.",
        ),
        docs=f"{_CODES}#h27-client-request-interrupted",
    ),
    Cause(
        id="request/bad-response",
        level=Level.FAIL,
        codes=("H17", "H25"),
        title="The router can't pass on an answer of the app ({desc}): {route}.",
        when=(*judged("bad-response", Fact.LOG_H17, Fact.LOG_H25),),
        why="The answer breaks HTTP (H17) or one of the router's limits (H25): a status line of 8,192 bytes, "
        "a cookie of 8,192 bytes, a header line of 512 KB, a Content-Length that is a number.",
        fix=(
            "heroku run bash, start the app there and look: curl -sv localhost:$PORT/PATH -o /dev/null",
            "A large cookie: keep the session in the database or Redis, not in the cookie.",
            "Let the framework write status line and Content-Length; never set them by hand.",
        ),
        docs=f"{_CODES}#h17-poorly-formatted-http-response",
    ),
    Cause(
        id="request/connection-refused",
        level=Level.FAIL,
        codes=("H19", "H21", "H34"),
        title="The dyno is up, but does not accept the router's connections.",
        when=(
            *judged("refused", Fact.LOG_H19, Fact.LOG_H21, Fact.LOG_H34, Fact.LOG_H99),
            Seen(Fact.LOG_H19, Fact.LOG_H21, fault="restarting", confidence=Confidence.POSSIBLE),
        ),
        why="H21: nothing listens on $PORT any more. H19: the connection was not accepted within 5 s, as the "
        "queue of the socket is full or the process hangs. The router then avoids the dyno for 5 s (H34).",
        fix=(
            "heroku ps; heroku logs -n 1500 --dyno web | tail -n 50   (did the server stop without an exit?)",
            "heroku ps:restart web",
            "All workers busy? In Procfile: web: gunicorn app:app --threads 8",
            "If the Procfile starts the server in the background or through a script, begin it with exec.",
        ),
        docs=f"{_CODES}#h21-backend-connection-refused",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("request/queueing", "answers become slower and slower before it"),
            Rival("platform/incident", "https://status.heroku.com shows an incident at this time"),
        ),
    ),
    Cause(
        id="request/unhandled-exception",
        level=Level.FAIL,
        codes=(),
        title="Requests are answered with 500: {error}",
        when=(
            Seen(Fact.REQUEST_EXCEPTION, root=_ERROR),
            Seen(Fact.REQUEST_EXCEPTION, chain=_ERROR),
            Seen(Fact.ROUTER_TRAFFIC, fault="errors", confidence=Confidence.POSSIBLE),
        ),
        why="The code raised an exception that nothing caught, so the framework answered 500. The dyno runs "
        "on and Heroku shows no code: at the router it is an answer like any other.",
        fix=(
            "Look at {file}, line {line}.",
            "{errors_500} answers with 500 left no traceback: catch Exception only with logger.exception().",
            (
                "Django without DEBUG prints none. In settings.py, for {route}: LOGGING = {{'version': 1, "
                "'handlers': {{'console': {{'class': 'logging.StreamHandler'}}}}, "
                "'root': {{'handlers': ['console']}}}}"
            ),
            "heroku logs --tail --dyno web   (then ask for {route} again)",
        ),
        docs="https://devcenter.heroku.com/articles/logging",
        confidence=Confidence.LIKELY,
        general=True,
    ),
)
