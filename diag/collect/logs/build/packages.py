"""What is known of distributions by their name: those of other systems, TensorFlow's wheels, slips."""

from __future__ import annotations

import difflib
import re
import sys

# Distributions that have files for Windows or macOS only, as the index lists them.
_OF_OTHER_SYSTEMS = re.compile(
    r"^(?:pywin32|pypiwin32|pywinpty|pywinauto|pywin32-system32|wincertstore|win-?inet-?pton|winshell|wmi"
    r"|winrt(?:-.+)?|winsdk|windows-curses|comtypes|metatrader5|twisted-iocpsupport|tensorflow-intel"
    r"|pyreadline3?|win10toast|win32-?gui|pycaw|wexpect|directx|torch-directml"
    r"|(?P<mac>pyobjc(?:-.+)?|appnope|macfsevents|mac-.+|rumps|tensorflow-(?:macos|metal)|py2app|mlx))$"
)
_TENSORFLOW = re.compile(r"^(?:tensorflow(?:-cpu|-gpu|-cpu-aws|-rocm)?|tf-nightly(?:-cpu)?|tflite-runtime)$")

# Stable releases with wheels for Linux x86_64 on the index, 2026-11-21: the first and the last.
TENSORFLOW_WHEELS = {
    "3.10": ("2.8.0", "2.21.0"),
    "3.11": ("2.12.0", "2.21.0"),
    "3.12": ("2.16.1", "2.21.0"),
    "3.13": ("2.20.0", "2.21.0"),
}

# What the buildpack builds since January 2026; 3.10 leaves it a year later.
HEROKU_PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
_BOUND = re.compile(r"(?P<operator>==|~=|>=|<=|!=|<|>|\^|~)? ?(?P<version>\d[\d.]*)(?P<any>\*?)$")

_POPULAR = (
    *("flask", "django", "gunicorn", "requests", "numpy", "pandas", "scipy", "scikit-learn", "matplotlib"),
    *("tensorflow", "tensorflow-cpu", "keras", "torch", "torchvision", "fastapi", "uvicorn", "sqlalchemy"),
    *("psycopg2-binary", "psycopg2", "whitenoise", "celery", "redis", "boto3", "pillow", "beautifulsoup4"),
    *("python-dotenv", "dj-database-url", "django-heroku", "djangorestframework", "flask-sqlalchemy"),
    *("flask-cors", "flask-login", "flask-wtf", "streamlit", "transformers", "opencv-python-headless"),
    *("nltk", "spacy", "jinja2", "werkzeug", "pydantic", "aiohttp", "httpx", "selenium", "openai"),
)
# Names of modules that people require, and of distributions that no longer exist.
_MEANT = {
    "sklearn": "scikit-learn",
    "cv2": "opencv-python-headless",
    "pil": "pillow",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
    "yaml": "pyyaml",
    "skimage": "scikit-image",
    "psycopg": "psycopg[binary]",
    "tensorflow-gpu": "tensorflow-cpu",
    "tflite-runtime": "ai-edge-litert",
    "opencv": "opencv-python-headless",
    "mysqldb": "mysqlclient",
    "discord-py": "discord.py",
}
_DIGITS = re.compile(r"\d{1,9}")


def normal(name: str) -> str:
    """The name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def other_system(name: str) -> str:
    """``Windows`` or ``macOS`` when the distribution is for that alone, else empty."""
    match = _OF_OTHER_SYSTEMS.match(normal(name))
    return "" if match is None else "macOS" if match["mac"] else "Windows"


def is_tensorflow(name: str) -> bool:
    """Whether it is TensorFlow or TensorFlow Lite under one of their names."""
    return _TENSORFLOW.match(normal(name)) is not None


def version(text: str) -> tuple[int, ...]:
    """The release as numbers, to compare: ``2.16.1rc0`` gives (2, 16, 1); empty without one."""
    release = re.match(r"\d[\d.]*", text.strip())
    return tuple(int(n) for n in _DIGITS.findall(release.group())) if release else ()


def python_for_tensorflow(wanted: str) -> str:
    """The newest Python that has a wheel for this release, or empty."""
    pin = version(wanted)
    if not pin:
        return ""
    pin += (0,) * (3 - len(pin))
    fitting = [
        python
        for python, (first, last) in TENSORFLOW_WHEELS.items()
        if version(first) <= pin <= version(last)
    ]
    return fitting[-1] if fitting else ""


def is_standard(name: str) -> bool:
    """Whether the name is a module of the standard library, which nobody installs."""
    return name.lower().replace("-", "_") in {n.lower() for n in sys.stdlib_module_names}


def meant(name: str) -> str:
    """The distribution a name that does not exist was meant to be, or empty."""
    known = _MEANT.get(normal(name))
    if known:
        return known
    close = difflib.get_close_matches(normal(name)[:60], _POPULAR, n=1, cutoff=0.8)
    return close[0] if close and close[0] != normal(name) else ""


def python_within(needs: str) -> str:
    """The newest Python of Heroku that a project's range allows, or empty when none or not understood."""
    bounds = [_BOUND.match(part.strip()) for part in needs.split(",")]
    for python in reversed(HEROKU_PYTHONS):
        if all(bound is not None and _allows(bound, version(python)) for bound in bounds):
            return python
    return ""


def _allows(bound: re.Match[str], minor: tuple[int, ...]) -> bool:
    """Whether some patch of this minor version is within; of ``!=`` only whole minor versions count."""
    asked = version(bound["version"])[:2]
    whole = len(version(bound["version"])) < 3
    operator = bound["operator"]
    if operator in (">=", "^") or (operator == "~=" and whole):
        return minor >= asked
    if operator == ">":
        return minor > asked or (minor == asked and not whole)
    if operator in ("<", "<="):
        return minor < asked or (minor == asked and (operator == "<=" or not whole))
    return (minor == asked) is not (operator == "!=")
