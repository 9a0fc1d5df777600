"""The platform's limits, each once, with its unit and its source.

Dev Center stands for devcenter.heroku.com/articles/…
"""

from typing import NamedTuple

# Dyno memory of Eco, Basic and Standard-1X, the smallest there is. Dev Center `dyno-types`.
DEFAULT_QUOTA_MB = 512
# cgroup v1 reports an absurdly large number when there is no limit; the Python buildpack's
# WEB_CONCURRENCY.sh draws the line at 1 TiB too.
NO_LIMIT_BYTES = 1 << 40
# A web process must listen on $PORT this long after launch, or R10. Dev Center `error-codes`.
BOOT_SECONDS = 60
# The router gives up (H12) when the first byte takes longer. Dev Center `http-routing`.
FIRST_BYTE_SECONDS = 30
# SIGKILL follows SIGTERM this much later, or R12. Dev Center `dyno-shutdown-behavior`.
STOP_SECONDS = 30
# Keys and values of all config vars of an app together. Dev Center `config-vars`.
CONFIG_BYTES = 32 * 1024
# S3 refuses a request whose clock differs by more. Amazon S3 API reference, RequestTimeTooSkewed.
CLOCK_SKEW_SECONDS = 15 * 60
# TCP ports; 0 asks for any and so can't be what a router connects to.
PORTS = range(1, 65536)

MB = 1024 * 1024  # Heroku's "M" and "MB" are MiB: 512 MB is 536870912 bytes


class DynoSize(NamedTuple):
    """A size of dyno. Memory in MB; `killed_at_mb` is where R15 (Cedar) or the kernel ends it.

    `threads` is the limit of processes and threads together, `cores` what ``nproc`` shows; None where
    the platform names none. Dev Center `dyno-types`, `dyno-memory-behavior`, `limits`; cores from
    the Python buildpack's tests.
    """

    name: str
    mb: int
    killed_at_mb: int
    threads: int | None = None
    cores: int | None = None


# Of Performance-L-RAM two limits of threads are documented; this is the smaller one.
CEDAR_SIZES = (
    DynoSize("eco", 512, 1024, 256, 8),
    DynoSize("basic", 512, 1024, 256, 8),
    DynoSize("standard-1x", 512, 1024, 256, 8),
    DynoSize("standard-2x", 1024, 2048, 512, 8),
    DynoSize("performance-m", 2560, 5120, 16384, 2),
    DynoSize("performance-l", 14336, 28672, 32768, 8),
    DynoSize("performance-l-ram", 30720, 36864, 16384, 4),
    DynoSize("performance-xl", 63488, 75776, 32768, 8),
    DynoSize("performance-2xl", 129024, 154624, 65536, 16),
)
# In Private Spaces there is no swap, so the quota is the end.
PRIVATE_SIZES = (
    DynoSize("private-s", 1024, 1024, 512, 2),
    DynoSize("private-m", 2560, 2560, 16384, 2),
    DynoSize("private-l", 14336, 14336, 32768, 8),
    DynoSize("private-l-ram", 30720, 30720, 16384, 4),
    DynoSize("private-xl", 63488, 63488, 32768, 8),
    DynoSize("private-2xl", 129024, 129024, 65536, 16),
)
# Fir's names tell vCPUs and GB; `nproc` shows the host's cores.
FIR_SIZES = tuple(
    DynoSize(f"dyno-{cpus}c-{gb:g}gb", int(gb * 1024), int(gb * 1024))
    for cpus, gb in (
        *((1, 0.5), (2, 1), (1, 4), (2, 8), (4, 16), (8, 32), (16, 64)),
        *((2, 4), (4, 8), (8, 16), (16, 32), (32, 64)),
        *((1, 8), (2, 16), (4, 32), (8, 64), (16, 128)),
    )
)
