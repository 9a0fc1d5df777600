"""The platform's limits, each once, with its unit and its source.

Dev Center stands for devcenter.heroku.com/articles/…
"""

# Dyno memory of Eco, Basic and Standard-1X, the smallest there is. Dev Center `dyno-types`.
DEFAULT_QUOTA_MB = 512
# cgroup v1 reports an absurdly large number when there is no limit; the Python buildpack's
# WEB_CONCURRENCY.sh draws the line at 1 TiB too.
NO_LIMIT_BYTES = 1 << 40
# A web process must listen on $PORT this long after launch, or R10. Dev Center `error-codes`.
BOOT_SECONDS = 60
# The router gives up (H12) when the first byte takes longer. Dev Center `http-routing`.
FIRST_BYTE_SECONDS = 30
# Keys and values of all config vars of an app together. Dev Center `config-vars`.
CONFIG_BYTES = 32 * 1024
# S3 refuses a request whose clock differs by more. Amazon S3 API reference, RequestTimeTooSkewed.
CLOCK_SKEW_SECONDS = 15 * 60
# TCP ports; 0 asks for any and so can't be what a router connects to.
PORTS = range(1, 65536)

MB = 1024 * 1024  # Heroku's "M" and "MB" are MiB: 512 MB is 536870912 bytes
