"""Causes about memory, judged by what the kernel can't give back."""

import re

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Rival, Seen

_R14 = "https://devcenter.heroku.com/articles/error-codes#r14-memory-quota-exceeded"

# What native code says last when it gets no thread: OpenBLAS, C++, GNU's and Intel's OpenMP, TensorFlow.
_NO_THREAD = re.compile(
    r"OpenBLAS blas_thread_init: "
    r"|what\(\):\s+Resource temporarily unavailable"
    r"|libgomp: Thread creation failed: Resource temporarily unavailable"
    r"|OMP: Hint:? Try decreasing the value of OMP_NUM_THREADS"
    r"|Thread \S* ?creation via pthread_create\(\) failed"
)

MEMORY = (
    Cause(
        id="memory/over-quota",
        level=Level.FAIL,
        codes=("R14",),
        title="The web process holds {anonymous_mb:.0f} MB of a {quota_mb:.0f} MB dyno "
        "({percent:.1f} %), and one process alone needs {largest_mb:.0f} MB.",
        when=(Seen(Fact.MEMORY_ANONYMOUS, at_least=Level.FAIL, fault="one"),),
        why="Anonymous memory can't be dropped, only swapped. Over the quota Heroku logs R14 and the "
        "dyno swaps and slows down; at twice the quota it is killed (R15).",
        fix=(
            "heroku ps:resize web=standard-2x   (1 GB)",
            "Need less: a smaller model, LiteRT or ONNX Runtime in place of TensorFlow.",
            "heroku config:set WEB_CONCURRENCY=1 MALLOC_ARENA_MAX=2",
        ),
        docs=_R14,
    ),
    Cause(
        id="memory/too-many-workers",
        level=Level.FAIL,
        codes=("R14", "R15"),
        title="{workers} workers hold {anonymous_mb:.0f} MB of a {quota_mb:.0f} MB dyno "
        "({percent:.1f} %); one alone would fit.",
        when=(Seen(Fact.MEMORY_ANONYMOUS, at_least=Level.FAIL, fault="too-many"),),
        why="Each worker has a copy of the model and of TensorFlow's own memory. Over the quota Heroku "
        "logs R14 and the dyno swaps; at twice the quota it is killed (R15).",
        fix=(
            "heroku config:set WEB_CONCURRENCY=1   (then add threads: gunicorn --threads 4)",
            "heroku ps:resize web=standard-2x   (1 GB)",
        ),
        docs=_R14,
    ),
    Cause(
        id="memory/page-cache-counted",
        level=Level.INFO,
        codes=("R14",),
        title="The dyno's total is {percent:.1f} % of its quota, but only by page cache.",
        when=(Seen(Fact.MEMORY_TOTAL, fault="page-cache"),),
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
        title="{during} was ended by SIGKILL, most likely for memory.",
        when=(
            Seen(Fact.WORKER_EXIT, fault="oom"),
            Seen(Fact.MODEL_LOAD, Fact.BOOT_IMPORT, Fact.TENSORFLOW_IMPORT, signal="SIGKILL"),
        ),
        why="The kernel ended the process with SIGKILL because the dyno's memory was used up.",
        fix=(
            "heroku config:set WEB_CONCURRENCY=1",
            "heroku ps:resize web=standard-2x   (1 GB)",
            "Need less: a smaller model, LiteRT or ONNX Runtime in place of TensorFlow.",
        ),
        docs="https://devcenter.heroku.com/articles/error-codes#r15-memory-quota-vastly-exceeded",
        confidence=Confidence.LIKELY,
        rivals=(Rival("request/worker-timeout", "a WORKER TIMEOUT line for the same pid just before"),),
    ),
    Cause(
        id="memory/thread-limit",
        level=Level.FAIL,
        codes=("H10",),
        title="The limit of processes and threads is reached.",
        when=(
            Seen(
                Fact.BOOT_IMPORT,
                Fact.MODEL_LOAD,
                Fact.TENSORFLOW_IMPORT,
                Fact.BOOT_SERVER,
                chain=re.compile(r"can't start new thread"),
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
