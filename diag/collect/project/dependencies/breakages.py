"""Releases that install together and do not run together: each pair was installed and imported.

Old packages set no upper bounds, so a new build gives them sisters that dropped what they import.
"""

from __future__ import annotations

from typing import NamedTuple


class Breakage(NamedTuple):
    """`package` in `versions` does not run with `sister` in `sisters`: `name` is what it misses there."""

    fault: str
    package: str
    versions: str
    sister: str
    sisters: str
    name: str = ""


# Wheels built for NumPy 1 whose metadata do not say so. The last release of each series was imported with
# NumPy 2 on CPython 3.10 or 3.11: "numpy.dtype size changed" or "numpy.core.multiarray failed to import".
_BUILT_FOR_NUMPY_1 = {
    "catboost": "<1.2.6",
    "faiss-cpu": "<1.8",
    "h5py": "<3.11",
    "matplotlib": "<3.8.4",
    "numexpr": "<2.10",
    "opencv-contrib-python": "<4.10",
    "opencv-contrib-python-headless": "<4.10",
    "opencv-python": "<4.10",
    "opencv-python-headless": "<4.10",
    "pandas": "<2.2.2",
    "pyarrow": "<16",
    "pywavelets": "<1.6",
    "scikit-image": "<0.23",
    "scikit-learn": "<1.4.2",
    "scipy": "<1.13",
    "spacy": "<3.8",
    "thinc": "<8.3",
}

# The first version of a sister that has no longer what others import from it. Compared in the packages.
_GONE: dict[str, dict[str, tuple[str, ...]]] = {
    "itsdangerous": {"2.1": ("json", "TimedJSONWebSignatureSerializer")},
    "jinja2": {"3.1": ("Markup", "escape", "contextfunction", "contextfilter", "evalcontextfilter")},
    "markupsafe": {"2.1": ("soft_unicode",)},
    "werkzeug": {
        "1.0": ("cached_property", "FileStorage", "ImmutableDict", "import_string", "secure_filename"),
        "2.1": ("safe_str_cmp", "BaseResponse", "get_current_traceback"),
        "2.2": ("parse_rule",),
        "3.0": ("url_quote", "url_decode", "url_encode"),
    },
    "flask": {
        "2.0": ("_endpoint_from_view_func", "_compat"),
        "2.3": ("JSONEncoder",),
        "3.0": ("_request_ctx_stack", "_app_ctx_stack", "Markup", "locked_cached_property", "scaffold"),
    },
}

# What each imports from a sister when it is imported itself, by its releases since 2015.
_USES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "flask": (
        ("<2", "itsdangerous", "json"),
        ("<2", "jinja2", "escape"),
        (">=1.1,<2", "werkzeug", "BaseResponse"),
        ("<2.2.4", "werkzeug", "url_quote"),
    ),
    "jinja2": (("<3", "markupsafe", "soft_unicode"),),
    "flask-admin": (("<1.6", "jinja2", "contextfunction"),),
    "flask-babel": (
        ("<1", "werkzeug", "ImmutableDict"),
        (">=2,<3", "flask", "locked_cached_property"),
    ),
    "flask-bcrypt": (("<1", "werkzeug", "safe_str_cmp"),),
    "flask-jwt-extended": (
        ("<4", "werkzeug", "safe_str_cmp"),
        ("<4.4.4", "flask", "_request_ctx_stack"),
        (">=4.4,<4.4.4", "flask", "JSONEncoder"),
    ),
    "flask-login": (
        ("<0.6", "werkzeug", "safe_str_cmp"),
        ("<0.6.2", "flask", "_request_ctx_stack"),
        ("<0.6.3", "werkzeug", "url_decode"),
    ),
    "flask-moment": (("<1", "jinja2", "Markup"),),
    "flask-mongoengine": (("<=1.0.0", "flask", "JSONEncoder"),),
    "flask-restful": (("<0.3.9", "flask", "_endpoint_from_view_func"),),
    "flask-restplus": (
        ("<=0.13.0", "werkzeug", "cached_property"),
        ("<=0.13.0", "flask", "_endpoint_from_view_func"),
    ),
    "flask-restx": (
        ("<0.2", "werkzeug", "cached_property"),
        ("<0.3", "werkzeug", "BaseResponse"),
        ("<0.3", "flask", "_endpoint_from_view_func"),
        (">=0.5,<1.2", "flask", "scaffold"),
    ),
    "flask-script": (("<=2.0.6", "flask", "_compat"),),
    "flask-socketio": ((">=2.9,<5.3", "flask", "_request_ctx_stack"),),
    "flask-sqlalchemy": (("<3", "flask", "_app_ctx_stack"),),
    "flask-uploads": (("<=0.2.1", "werkzeug", "secure_filename"),),
    "flask-wtf": (
        ("<0.14", "werkzeug", "FileStorage"),
        ("<0.15", "werkzeug", "safe_str_cmp"),
        ("<0.15", "jinja2", "Markup"),
        ("<1.1.2", "flask", "Markup"),
        (">=0.14.3,<1.1.2", "werkzeug", "url_encode"),
    ),
    "flasgger": (("<0.9.7", "flask", "Markup"), (">=0.7,<0.9.7", "flask", "JSONEncoder")),
    "dash": ((">=1.2,<2.3", "werkzeug", "get_current_traceback"),),
}


_PROTOBUF_3 = {  # "Descriptors cannot be created directly" with protobuf 4 and later
    "googleapis-common-protos": "<1.56.1",
    "streamlit": "<1.9",
    "tensorboard": "<2.9.1",
    "tensorflow": "<2.12",
    "tensorflow-cpu": "<2.12",
}

# What imports pkg_resources when it is imported itself.
NEEDS_PKG_RESOURCES = {
    "apscheduler": "<3.10.2",
    "dash": ">=0.31,<2.14",
    "drf-yasg": "<1.21.8",
    "face-recognition-models": "<=0.3.0",
    "flask-limiter": "<2.0.1",
    "flask-restplus": ">=0.12.1",
    "flask-restx": "<1.2",
    "gcloud": "<=0.18.3",
    "google-cloud-bigquery": "<3.6",
    "google-cloud-firestore": "<2.7.3",
    "google-cloud-language": "<2.7",
    "google-cloud-pubsub": "<2.13.12",
    "google-cloud-speech": "<2.17",
    "google-cloud-storage": "<2.3",
    "google-cloud-texttospeech": "<2.13",
    "google-cloud-translate": "<3.13",
    "google-cloud-vision": "<3.2",
    "gunicorn": "<21",
    "librosa": "<0.10.2",
    "razorpay": "<2",
    "webrtcvad": "<=2.0.10",
    "xgboost": ">=1.4,<1.7",
}


def _of_flask() -> tuple[Breakage, ...]:
    found: list[Breakage] = []
    for package, uses in _USES.items():
        for versions, sister, name in uses:
            since = next(version for version, names in _GONE[sister].items() if name in names)
            fault = "flask-addon" if sister == "flask" else "flask-family"
            found.append(Breakage(fault, package, versions, sister, f">={since}", name))
    return tuple(found)


BREAKAGES = (
    *(Breakage("numpy-abi", name, versions, "numpy", ">=2") for name, versions in _BUILT_FOR_NUMPY_1.items()),
    *(Breakage("numpy-abi", name, "<2.12", "numpy", ">=2") for name in ("tensorflow", "tensorflow-cpu")),
    *(Breakage("numpy-abi", name, "==2.14.0", "numpy", ">=2") for name in ("tensorflow", "tensorflow-cpu")),
    *(Breakage("protobuf", name, versions, "protobuf", ">=4") for name, versions in _PROTOBUF_3.items()),
    *_of_flask(),
    Breakage("sqlalchemy", "flask-sqlalchemy", "<3", "sqlalchemy", ">=2"),
)
