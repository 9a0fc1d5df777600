"""Causes about memory, judged by what the kernel can't give back."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.raised import ANYWHERE

_R14 = "https://devcenter.heroku.com/articles/error-codes#r14-memory-quota-exceeded"

# What native code says last when it gets no thread: OpenBLAS, C++, GNU's and Intel's OpenMP, TensorFlow.
_NO_THREAD = Pattern(
    r"OpenBLAS blas_thread_init: "
    r"|what\(\):\s+Resource temporarily unavailable"
    r"|libgomp: Thread creation failed: Resource temporarily unavailable"
    r"|OMP: Hint:? Try decreasing the value of OMP_NUM_THREADS"
    r"|Thread \S* ?creation via pthread_create\(\) failed"
)

_ANY = Pattern(r"(?P<during>.+)")
# Codes, series and killed workers of a log have the reader's own verdict on the series.
_OF_A_LOG = (Fact.MEMORY_SERIES, Fact.LOG_R14, Fact.LOG_R15, Fact.WORKER_EXIT)
_METRICS = (
    "heroku labs:enable log-runtime-metrics && heroku restart   ({lacking} every 20 s; after an hour: "
    "heroku logs -n 1500 | python -m diag logs)"
)
_RESIZE = "heroku ps:resize {process_type}={next_size}   ({next_gb})"
_RESIZE_RUN = "heroku run --size={run_size} COMMAND   ({next_gb})"
_RESIZE_LIVE = "heroku ps:resize web=standard-2x   (1 GB; {anonymous_mb:.0f} MB by the {method})"
_LESS = "Need less: a smaller model, LiteRT or ONNX Runtime in place of TensorFlow."

_HIDES = "(each worker begins anew after that many; it hides the leak and does not mend it)"
_TRACEMALLOC = (
    "heroku config:set PYTHONTRACEMALLOC=10   (for an hour, for it costs memory itself: print "
    'tracemalloc.take_snapshot().statistics("lineno")[:10] twice, and compare)'
)
_GROWS = (
    "Look for what grows: lists and dicts of a module, lru_cache(maxsize=None), a model that is loaded or "
    "model.predict that is called in each request (Keras: call a tf.function of the model)."
)
_IN_PIECES = (
    "Read and answer in pieces: stream uploads to a file, pandas.read_csv(chunksize=…), shrink images with "
    "Image.draft, query with iterator() or yield_per()."
)

_OVER_QUOTA = Rival("memory/over-quota", "it is as high right after the boot, and with WEB_CONCURRENCY=1")
_TOO_MANY = Rival(
    "memory/too-many-workers",
    "several workers run (Booting worker lines at the start, heroku config:get WEB_CONCURRENCY), and "
    "WEB_CONCURRENCY=1 mends it",
)
_LEAK = Rival("memory/leak", "log-runtime-metrics shows steady growth for hours that never falls back")
_CACHE = Rival("memory/page-cache-counted", "log-runtime-metrics shows rss and swap below the quota")
_SPIKE = Rival("memory/spike", "log-runtime-metrics shows that it falls back below the quota")

MEMORY = (
    Cause(
        id="memory/over-quota",
        level=Level.FAIL,
        codes=("R14",),
        title="The dyno needs {anonymous_mb:.0f} MB of memory and has {quota_mb:.0f} MB ({percent:.1f} %).",
        title_without="The dyno needs more memory than it has.",
        when=(
            Seen(Fact.MEMORY_ANONYMOUS, at_least=Level.FAIL, fault="one"),
            *judged("over-quota", Fact.PROJECT_COMMAND, Fact.PROJECT_MODEL, *_OF_A_LOG),
            *judged("undecided", *_OF_A_LOG),
        ),
        why="Anonymous memory can't be dropped, only swapped. Over the quota Heroku logs R14 and the "
        "dyno swaps and slows down; at twice the quota it is killed (R15).",
        fix=(
            _RESIZE,
            _RESIZE_RUN,
            "heroku ps:resize web=standard-2x   (1 GB; one process alone needs {largest_mb:.0f} MB)",
            _LESS,
            "heroku config:set MALLOC_ARENA_MAX=2   (fewer heaps: less memory where there are threads)",
            "heroku config:set WEB_CONCURRENCY=1   ({workers} workers, measured by the {method})",
            _METRICS,
        ),
        docs=_R14,
        rivals=(_TOO_MANY, _LEAK, _SPIKE, _CACHE),
    ),
    Cause(
        id="memory/too-many-workers",
        level=Level.FAIL,
        codes=("R14", "R15"),
        title="{workers} workers with {framework} {strain} a dyno of {quota_mb:.0f} MB.",
        title_without="{workers} workers hold {anonymous_mb:.0f} MB of a {quota_mb:.0f} MB dyno "
        "({percent:.1f} %); one alone would fit.",
        when=(
            Seen(Fact.MEMORY_ANONYMOUS, at_least=Level.FAIL, fault="too-many"),
            *judged("too-many-workers", Fact.PROJECT_COMMAND, *_OF_A_LOG),
        ),
        why="Each worker has a copy of the model and of TensorFlow's own memory. Over the quota Heroku "
        "logs R14 and the dyno swaps; at twice the quota it is killed (R15). The Python buildpack takes "
        "256 MB for a worker, which is too little for TensorFlow with a model.",
        fix=(
            "In {in_file}: {right}   (in place of {wrong})",
            "In Procfile: --workers 1 --threads 4 in place of {explicit}",
            "heroku config:set WEB_CONCURRENCY=1   ({by_default} now; then add gunicorn --threads 4)",
            "heroku config:set WEB_CONCURRENCY=1   (by the {method}; then add gunicorn --threads 4)",
            _RESIZE,
            _RESIZE_RUN,
            _RESIZE_LIVE,
        ),
        docs="https://devcenter.heroku.com/articles/python-concurrency",
        rivals=(_OVER_QUOTA, _LEAK),
    ),
    Cause(
        id="memory/leak",
        level=Level.FAIL,
        codes=("R14", "R15"),
        title="Memory grows by {slope_mb_per_hour:.0f} MB an hour, up to {peak_mb:.0f} MB of "
        "{quota_mb:.0f} MB: {reaches}.",
        when=(*judged("leak", *_OF_A_LOG),),
        why="Something is kept that should be let go: a list or cache without a limit, a model or a graph "
        "built per request. A restart, daily at the latest, begins anew; until then the dyno passes its "
        "quota (R14, it swaps and slows down) and in the end is killed (R15).",
        fix=(
            "In Procfile: web: {gunicorn} … --max-requests 500 --max-requests-jitter 100   " + _HIDES,
            "In Procfile: web: {uvicorn} … --workers 2 --limit-max-requests 1000   " + _HIDES,
            "In Procfile: {process_type}: {celery} … --max-tasks-per-child 100   " + _HIDES,
            _TRACEMALLOC,
            _GROWS,
            "heroku config:set MALLOC_ARENA_MAX=2   (with threads, slow growth is often the allocator's)",
            _METRICS,
        ),
        docs="https://devcenter.heroku.com/articles/dyno-memory-behavior",
        confidence=Confidence.LIKELY,
        rivals=(
            _SPIKE,
            Rival("memory/over-quota", "the growth flattens: caches and pools that fill up after the boot"),
        ),
    ),
    Cause(
        id="memory/spike",
        level=Level.FAIL,
        codes=("R14", "R15"),
        title="Memory jumps over the quota: up to {peak_mb:.0f} MB of {quota_mb:.0f} MB.",
        title_without="Memory jumps over the quota.",
        when=(*judged("spike", *_OF_A_LOG),),
        why="Single requests or jobs need much memory at once: a large upload, an image or a table read "
        "whole, a second model beside the first. Over the quota the dyno swaps (R14); a jump beyond twice "
        "the quota is killed within the next 20 s (R15), whatever it was before.",
        fix=(
            "heroku logs -n 1500 --dyno {process_type} | grep -B 40 'Error R1[45]'   (which request or job?)",
            _IN_PIECES,
            "Bound what comes in. Flask: MAX_CONTENT_LENGTH; and in the model's endpoint: the batch size.",
            _RESIZE,
            _RESIZE_RUN,
            _METRICS,
        ),
        docs=_R14,
        confidence=Confidence.LIKELY,
        rivals=(_LEAK, _OVER_QUOTA),
    ),
    Cause(
        id="memory/page-cache-counted",
        level=Level.INFO,
        codes=("R14",),
        title="The dyno's total is {percent:.1f} % of its quota, but only by page cache.",
        title_without="The dyno's total is over its quota, but only by page cache.",
        when=(
            Seen(Fact.MEMORY_TOTAL, fault="page-cache"),
            *judged("page-cache", Fact.MEMORY_SERIES, Fact.LOG_R14),
        ),
        why="R14 counts page cache too, which the kernel gives back when it is needed. Nothing is wrong "
        "while rss and swap stay below the quota.",
        fix=("Nothing to do. If R14 appears in the log, read its memory_rss and memory_swap first.",),
        docs="https://devcenter.heroku.com/articles/dyno-memory-behavior",
        confidence=Confidence.CERTAIN,
    ),
    Cause(
        id="memory/killed",
        level=Level.FAIL,
        codes=("R15", "H10", "H13"),
        title="{during} was ended by SIGKILL for its memory.",
        title_without="A process was ended by SIGKILL for its memory.",
        when=(
            *judged("killed", *_OF_A_LOG),
            Seen(Fact.WORKER_EXIT, fault="oom"),
            # What Celery says when the kernel has killed a process of its pool.
            Seen(*ANYWHERE, chain=Pattern(r"WorkerLostError: Worker exited prematurely: signal 9\b")),
            Seen(Fact.MODEL_LOAD, Fact.BOOT_IMPORT, Fact.TENSORFLOW_IMPORT, signal="SIGKILL"),
            Seen(Fact.LAUNCH, fault="killed", dyno=_ANY),
            Seen(Fact.LAUNCH, fault="killed", process_type=_ANY),
        ),
        why="At twice its quota a dyno is killed (R15, exit status 137); in Private Spaces and on Fir, which "
        "have no swap, the kernel kills single processes as soon as the quota is used up, without a code.",
        fix=(
            "heroku config:set WEB_CONCURRENCY=1   (where several workers run)",
            _RESIZE,
            _RESIZE_RUN,
            _LESS,
            _METRICS,
        ),
        docs="https://devcenter.heroku.com/articles/error-codes#r15-memory-quota-vastly-exceeded",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("request/worker-timeout", "a WORKER TIMEOUT line for the same pid just before"),
            _LEAK,
            _SPIKE,
            _TOO_MANY,
        ),
    ),
    Cause(
        id="memory/thread-limit",
        level=Level.FAIL,
        codes=("H10",),
        title="The limit of processes and threads is reached.",
        when=(
            Seen(
                *(Fact.BOOT_IMPORT, Fact.MODEL_LOAD, Fact.TENSORFLOW_IMPORT, Fact.BOOT_SERVER),
                *(Fact.REQUEST_EXCEPTION, Fact.PROCESS_EXCEPTION, Fact.RELEASE_PHASE),
                chain=Pattern(r"can't start new thread"),
            ),
            Seen(Fact.BOOT_IMPORT, Fact.MODEL_LOAD, Fact.TENSORFLOW_IMPORT, last_words=_NO_THREAD),
            Seen(Fact.CHECK_RUN, at_least=Level.UNKNOWN, fault="no-thread"),
        ),
        why="Eco, Basic and Standard-1X dynos allow 256 processes and threads together. Libraries that "
        "start one thread a core see the host's cores, not the dyno's.",
        fix=(
            (
                "heroku config:set OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 "
                "TF_NUM_INTEROP_THREADS=1"
            ),
            "heroku config:set WEB_CONCURRENCY=1",
        ),
        docs="https://devcenter.heroku.com/articles/dynos#process-thread-limits",
    ),
)
