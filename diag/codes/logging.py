"""L codes: what the log stream says of itself. Source: Dev Center `error-codes`."""

from diag.codes.code import ERROR_CODES, READ_LOG, Code

_GAP = ("log/gap",)

LOGGING = (
    Code(
        "L10",
        "Drain buffer overflow",
        "A drain took lines more slowly than they came, and some were dropped for it.",
        ("heroku drains",),
        f"{ERROR_CODES}#l10-drain-buffer-overflow",
        _GAP,
    ),
    Code(
        "L11",
        "Tail buffer overflow",
        "A heroku logs --tail took lines more slowly than they came, and some were dropped for it.",
        (READ_LOG,),
        f"{ERROR_CODES}#l11-tail-buffer-overflow",
        _GAP,
    ),
    Code(
        "L12",
        "Local buffer overflow",
        "The app wrote lines faster than its dyno could pass them on, and some were dropped.",
        docs=f"{ERROR_CODES}#l12-local-buffer-overflow",
        causes=_GAP,
    ),
    Code(
        "L13",
        "Local delivery error",
        "The dyno could not deliver some lines to the log stream.",
        docs=f"{ERROR_CODES}#l13-local-delivery-error",
        causes=_GAP,
    ),
    Code(
        "L14",
        "Certificate validation error",
        "The certificate of a drain's TLS endpoint is not valid, so the drain gets nothing.",
        ("heroku drains",),
        f"{ERROR_CODES}#l14-certificate-validation-error",
    ),
    Code(
        "L15",
        "Tail buffer temporarily unavailable",
        "The last lines could not be fetched just then. Ask again later.",
        docs=f"{ERROR_CODES}#l15-tail-buffer-temporarily-unavailable",
    ),
)
