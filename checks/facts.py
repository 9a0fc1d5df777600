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

    # What a log tells. One fact a code, so that a report names what Heroku showed.
    LOG_H10 = "log-h10"
    LOG_H11 = "log-h11"
    LOG_H12 = "log-h12"
    LOG_H13 = "log-h13"
    LOG_H14 = "log-h14"
    LOG_H15 = "log-h15"
    LOG_H16 = "log-h16"
    LOG_H17 = "log-h17"
    LOG_H18 = "log-h18"
    LOG_H19 = "log-h19"
    LOG_H20 = "log-h20"
    LOG_H21 = "log-h21"
    LOG_H22 = "log-h22"
    LOG_H23 = "log-h23"
    LOG_H24 = "log-h24"
    LOG_H25 = "log-h25"
    LOG_H26 = "log-h26"
    LOG_H27 = "log-h27"
    LOG_H28 = "log-h28"
    LOG_H31 = "log-h31"
    LOG_H32 = "log-h32"
    LOG_H33 = "log-h33"
    LOG_H34 = "log-h34"
    LOG_H80 = "log-h80"
    LOG_H81 = "log-h81"
    LOG_H82 = "log-h82"
    LOG_H83 = "log-h83"
    LOG_H99 = "log-h99"
    LOG_R10 = "log-r10"
    LOG_R11 = "log-r11"
    LOG_R12 = "log-r12"
    LOG_R13 = "log-r13"
    LOG_R14 = "log-r14"
    LOG_R15 = "log-r15"
    LOG_R16 = "log-r16"
    LOG_R17 = "log-r17"
    LOG_R99 = "log-r99"
    LOG_L10 = "log-l10"
    LOG_L11 = "log-l11"
    LOG_L12 = "log-l12"
    LOG_L13 = "log-l13"
    LOG_L14 = "log-l14"
    LOG_L15 = "log-l15"

    LAUNCH = "launch-outcome"  # one launch of a dyno: its command, where it listened, how it ended
    REQUEST_EXCEPTION = "request-exception"  # an exception while a request was answered
    PROCESS_EXCEPTION = "process-exception"  # an exception in a worker, a clock or a one-off process
    RELEASE_PHASE = "release-phase"  # how the release phase command ended, and its exception
    BUILD_ERROR = "build-error"  # what ended the build
    BUILD_WARNING = "build-warning"  # what the build warned of
    DYNO_STOP = "dyno-stop"  # a stop that was asked for: cycling, deploy, scaling, a person
    MEMORY_SERIES = "memory-series"  # the dyno's memory over time
    ROUTER_TRAFFIC = "router-traffic"  # all requests of the log together
    LOG_EXTENT = "log-extent"  # where the log begins and ends, and what it lacks
    DIAG_DIAGNOSIS = "diag-diagnosis"  # what a dyno that runs these checks said of itself
    LOG_SECRET = "log-secret"  # noqa: S105  a secret in a line of the app

    # What a project's folder tells before a push. Each has the values `fault` and `sure`.
    PROJECT_GIT = "project-git"  # the working tree against what a push would deploy
    PROJECT_LAYOUT = "project-layout"  # which files there are, and where: what buildpacks go by
    PROJECT_PYTHON = "project-python"  # the version of Python that is asked for
    PROJECT_REQUIREMENT = "project-requirement"  # what is required, and whether it can be read
    PROJECT_DEPENDENCY = "project-dependency"  # what is required against Python, the stack and each other
    PROJECT_SLUG = "project-slug"  # what the slug will weigh
    PROJECT_PROCFILE = "project-procfile"  # the lines of the Procfile
    PROJECT_COMMAND = "project-command"  # what the web process starts, and its settings wherever they are
    PROJECT_SOURCE = "project-source"  # the Python code of the web process
    PROJECT_CONFIG = "project-config"  # the config vars that the project reads and declares
    PROJECT_MODEL = "project-model"  # the model files, and how the code loads them
    PROJECT_SECRET = "project-secret"  # noqa: S105  a secret in a file that is pushed
    PROJECT_IGNORE = "project-ignore"  # a finding that the project silences

    @property
    def key(self) -> str:
        """The ``component:measurement`` key of the health+json body."""
        return self.value.replace("-", ":", 1)
