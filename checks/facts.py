"""Everything this project can observe, one line each.

A fact is a neutral name for one thing we look at; it says nothing about good or bad (that is the
evidence's level) and nothing about why (that is a cause, which lives in `diag`).
The part before the first hyphen is the component: over HTTP ``port-listener`` is ``port:listener``.
"""

from enum import StrEnum


class Fact(StrEnum):
    """A thing we look at."""

    PORT_VARIABLE = "port-variable"  # what $PORT holds
    PORT_LISTENER = "port-listener"  # where the web process listens
    PORT_BIND_TIME = "port-bind-time"  # seconds from process start until the port was bound

    CONFIG_REQUIRED = "config-required"  # the config vars app.json requires
    CONFIG_VALUE = "config-value"  # the shape of one config var, never its value
    CONFIG_SIZE = "config-size"  # bytes of all config vars together

    S3_CREDENTIALS = "s3-credentials"  # the AWS variables: there, and of a possible shape
    S3_ENDPOINT = "s3-endpoint"  # does the S3 endpoint answer, and in the right region
    S3_CLOCK = "s3-clock"  # our clock against the endpoint's
    S3_IDENTITY = "s3-identity"  # does S3 know who signs
    S3_OBJECT = "s3-object"  # the model's own bucket and key

    TENSORFLOW_IMPORT = "tensorflow-import"  # version, seconds and memory of `import tensorflow`

    MODEL_SOURCE = "model-source"  # where the model comes from
    MODEL_DOWNLOAD = "model-download"  # the way of the model's file to the dyno's disk
    MODEL_FILE = "model-file"  # what the file is, by its content
    MODEL_LOAD = "model-load"  # each phase from the source to the warm model
    MODEL_FORK = "model-fork"  # TensorFlow in the master, before its workers were forked
    MODEL_CANARY = "model-canary"  # a known input's answer against the expected one
    MODEL_BOOT_TIME = "model-boot-time"  # all phases together against the boot limit

    MEMORY_QUOTA = "memory-quota"  # the dyno's memory limit and who told it
    MEMORY_RSS = "memory-rss"  # RSS summed over the process tree, for people who know it
    MEMORY_ANONYMOUS = "memory-anonymous"  # anonymous + swap, what the verdict rests on
    MEMORY_TOTAL = "memory-total"  # rss + swap + page cache as the cgroup counts them

    BOOT_IMPORT = "boot-import"  # the import of the app, as its web server would do it
    BOOT_SERVER = "boot-server"  # the web server's own start
    WORKER_EXIT = "worker-exit"  # how a worker process ended
    CHECK_RUN = "check-run"  # a check that raised, hung or returned nonsense

    @property
    def key(self) -> str:
        """The ``component:measurement`` key of the health+json body."""
        return self.value.replace("-", ":", 1)
