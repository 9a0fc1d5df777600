"""What a build from source misses on the system: headers, config programs, compilers."""

from __future__ import annotations

import re

from checks.evidence import Value

_PYTHON = "Python's own headers"
# Pattern, what is missing, what to require instead (or empty), Ubuntu's package with the headers.
_KNOWN: tuple[tuple[re.Pattern[str], str, str, str], ...] = tuple(
    (re.compile(pattern), library, instead, apt)
    for pattern, library, instead, apt in (
        (
            r"pg_config executable not found|libpq-fe\.h",
            "pg_config (PostgreSQL)",
            "psycopg2-binary",
            "libpq-dev",
        ),
        (
            (
                r"mysql_config[:']? (?:command )?not found|MYSQLCLIENT_CFLAGS"
                r"|valid pkg-config name|my(?:sql|_global)\.h\b"
            ),
            "MySQL's client library",
            "PyMySQL",
            "libmysqlclient-dev",
        ),
        (r"gdal-config|GDAL API version must be specified|\bgdal\.h\b", "the GDAL library", "", "geo"),
        (r"sqlite3\.h", "SQLite", "pysqlite3-binary", "libsqlite3-dev"),
        (r"portaudio\.h", "PortAudio", "", "portaudio19-dev"),
        (
            r"lib(?:xml|xslt)/\w+\.h|xslt-config|libxml2 and libxslt|libxml2 headers",
            "libxml2 and libxslt",
            "lxml (newest)",
            "libxml2-dev libxslt1-dev",
        ),
        (r"\b(?:ldap|lber)\.h", "OpenLDAP", "", "libldap2-dev libsasl2-dev"),
        (r"sasl/sasl\.h|\bsasl\.h", "SASL", "", "libsasl2-dev"),
        (
            r"cairo\.h|Package '?cairo'?[ ,]|[Dd]ependency \"?cairo\"? not found|\"cairo\" not found",
            "cairo",
            "",
            "libcairo2-dev",
        ),
        (r"graphviz/\w+\.h|'libcgraph'\]' returned", "Graphviz", "", "graphviz libgraphviz-dev"),
        (r"\bsql(?:ext)?\.h\b", "unixODBC", "pyodbc (newest)", "unixodbc-dev"),
        (r"\bffi\.h", "libffi", "cffi (newest)", "libffi-dev"),
        (r"xmlsec1|xmlsec/\w+\.h", "xmlsec", "xmlsec (newest)", "libxmlsec1-dev"),
        (r"krb5-config|gssapi\.h", "Kerberos", "", "libkrb5-dev"),
        (r"openssl/\w+\.h", "OpenSSL", "cryptography (newest)", "libssl-dev"),
        (
            r"headers or library files could not be found for (?:jpeg|zlib|tiff)|jpeglib\.h",
            "JPEG and zlib",
            "Pillow (newest)",
            "libjpeg-dev zlib1g-dev",
        ),
        (
            r"HDF5 headers|hdf5\.h|[Uu]nable to (?:load|locate) (?:dependency )?HDF5|libhdf5\.so",
            "HDF5",
            "h5py (newest)",
            "libhdf5-dev",
        ),
        (r"geos_c\.h|geos-config", "the GEOS library", "shapely (newest)", "geo"),
        (r"\bproj(?:_api)?\.h\b|proj executable not found", "the PROJ library", "pyproj (newest)", "geo"),
        (r"librdkafka/\w+\.h", "librdkafka", "confluent-kafka (newest)", "librdkafka-dev"),
        (r"snappy-c\.h", "Snappy", "", "libsnappy-dev"),
        (
            (
                r"CMake must be installed|cmake: (?:command )?not found"
                r"|No such file or directory: 'cmake'|Could not find (?:the )?cmake\b"
                r"|Could NOT find CMake"
            ),
            "CMake",
            "",
            "cmake",
        ),
        (
            (
                r"can't find Rust compiler"
                r"|Cargo, the Rust package manager, is not installed"
                r"|rustc?(?:: command)? not found|No such file or directory: '(?:cargo"
                r"|rustc)'"
            ),
            "Rust",
            "",
            "",
        ),
        (r"\bPython\.h", _PYTHON, "", ""),
        (
            r"gfortran|No Fortran compiler|Unknown compiler\(s\): \[\['gfortran",
            "a Fortran compiler",
            "",
            "gfortran",
        ),
        (
            (
                r"(?:No|NO) (?:lapack/blas|BLAS)|Dependency \"(?:OpenBLAS"
                r"|openblas)\" not found|No BLAS/LAPACK libraries found"
            ),
            "BLAS and LAPACK",
            "",
            "libopenblas-dev",
        ),
    )
)
_GEO = "https://github.com/heroku/heroku-geo-buildpack"
_HEADER = re.compile(r"fatal error: (?P<header>[\w./+-]{1,120}\.(?:h|hpp|hh)): No such file or directory")
_CONFIG = re.compile(r"\b(?P<program>[a-z][\w+.-]{1,40}-config)['\"]?[: ](?: ?command)? ?not found")
_PACKAGE = re.compile(
    r"Package '?(?P<package>[\w.+-]{1,60}?)'?(?:, required by '[^']*',)?"
    r"(?: was)? not found(?: in the pkg-config search path)?|No package '(?P<package_2>[\w.+-]{1,60})' found"
    r"|Dependency \"(?P<package_3>[\w.+-]{1,60})\" not found"
    r"|'pkg-config', .{1,60}'(?P<package_4>[\w.+-]{1,60})'\]' returned non-zero"
)
_LINK = re.compile(r"cannot find -l(?P<library>[\w.+-]{1,60})")
# Headers of Python and NumPy, or that only a part of the package itself has.
_NOT_OF_THE_SYSTEM = re.compile(
    r"longintrepr|structmember|^numpy/|code\.h$|frameobject|internal/"
    r"|^cpython/|pybind11|windows|Cocoa|torch/|cuda"
)
_WORTH = (
    "not found",
    ".h",
    "config",
    "onfig",
    "ust be",
    "ust compiler",
    "Rust",
    "cannot find -l",
    "eaders",
    "cmake",
    "CMake",
    "MYSQL",
    "xmlsec1",
    "HDF5",
    "hdf5",
    "ortran",
    "BLAS",
    "libraries found",
)


def missing(text: str) -> dict[str, Value] | None:
    """What this line says is missing, or None."""
    if not any(word in text for word in _WORTH) or text.startswith(
        ("Downloading ", "Using cached ", "Collecting ")
    ):
        return None
    if not _IS_COMPLAINT.search(text):
        return None
    known = _known(text)
    if known is not None:
        return known
    header = header_of(text)
    if header:
        return None if _NOT_OF_THE_SYSTEM.search(header) else {"library": header, "unknown_header": header}
    for pattern in (_CONFIG, _PACKAGE, _LINK):
        match = pattern.search(text)
        if match:
            return {"library": next(v for v in match.groupdict().values() if v)}
    return None


def _known(text: str) -> dict[str, Value] | None:
    for pattern, library, instead, apt in _KNOWN:
        if not pattern.search(text) or (library == _PYTHON and "No such file" not in text):
            continue
        found: dict[str, Value] = {"library": library}
        if instead:
            name, _, newest = instead.partition(" ")
            found["newest" if newest else "instead"] = name
        if apt:
            found |= {"buildpack": _GEO} if apt == "geo" else {"apt": apt}
        return found
    return None


def header_of(text: str) -> str:
    """The C header that a compiler did not find, or empty."""
    match = _HEADER.search(text)
    return match["header"] if match else ""


_IS_COMPLAINT = re.compile(
    r"(?i)not found|no such file|must be|could not|couldn't|can't find"
    r"|cannot find|unable to|required|not installed"
    r"|no (?:package|lapack|blas|fortran)|unknown compiler|failed|do you need"
    r"|is missing|please install|specify|returned non-zero"
)
