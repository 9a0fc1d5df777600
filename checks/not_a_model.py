"""What a file is that is no model, told from its first bytes: an error page, a pickle, another archive."""

from __future__ import annotations

import re

from checks.zip_directory import WINDOW

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML_CODE = re.compile(rb"<Code>([A-Za-z]{2,60})</Code>")

# First bytes of what is given for a model and can't be served as one.
_OTHERS = (
    (re.compile(rb"\x80[\x02-\x05]"), "a pickle (scikit-learn, joblib or another Python object)"),
    (re.compile(rb"\x93NUMPY"), "a NumPy array (.npy)"),
    (
        re.compile(rb"BZh[1-9]|\xfd7zXZ|7z\xbc\xaf|\x28\xb5\x2f\xfd"),
        "a compressed file of a kind that is not unpacked here; use gzip or zip",
    ),
    (re.compile(rb"Rar!\x1a\x07"), "a RAR archive; use zip or tar"),
    (re.compile(rb"\x78[\x01\x5e\x9c\xda]"), "zlib data, as joblib writes compressed objects"),
    (re.compile(rb"\x08\x01\x12"), "the saved_model.pb of a SavedModel without its folder"),
    (re.compile(rb"%PDF|\x89PNG|\xff\xd8\xff|GIF8"), "a picture or a PDF"),
)


def instead(head: bytes) -> tuple[str, str]:
    """The fault of a file that begins so (html, xml, json or not-a-model), and what it is."""
    if told := _document(head):
        return told
    found = next((name for pattern, name in _OTHERS if pattern.match(head)), "")
    return "not-a-model", found or ("text" if _is_text(head) else "data of an unknown form")


def _document(head: bytes) -> tuple[str, str] | None:
    """The answer of a web server, told from its first bytes."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        if _HTML.search(text[:2048]):
            return "html", "an HTML page"
        code = _XML_CODE.search(text)
        return "xml", f"an XML answer with the code {code[1].decode()}" if code else "an XML document"
    if text.startswith((b"{", b"[")) and _is_text(head):
        if b'"class_name"' in text and b'"layers"' in text:
            return "not-a-model", "a model's architecture in JSON, without its weights"
        return "json", "a JSON document"
    return None


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without control characters; the last character may be cut."""
    if re.search(rb"[\x00-\x08\x0e-\x1f]", head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) == WINDOW
    return True
