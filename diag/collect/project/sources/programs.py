"""Programs that the web process starts and that no stack has."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.app_json import AppJson
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.values import Values
from diag.collect.project.tree import Tree

# Library and call, the program behind it, Ubuntu's package of it, and a word of buildpacks that bring it.
_BEHIND = (
    ("pytesseract.image_to_", "tesseract", "tesseract-ocr", "tesseract"),
    ("pdf2image.convert_from_", "pdftoppm", "poppler-utils", "poppler"),
    ("pdfkit.from_", "wkhtmltopdf", "wkhtmltopdf", "wkhtmltopdf"),
    ("pydub.AudioSegment.from_", "ffmpeg", "ffmpeg", "ffmpeg"),
    ("selenium.webdriver.Chrome", "chromedriver", "chromium-chromedriver", "chrome"),
    ("selenium.webdriver.Firefox", "geckodriver", "firefox-geckodriver", "geckodriver"),
    ("graphviz.Digraph", "dot", "graphviz", "graphviz"),
    ("graphviz.Graph", "dot", "graphviz", "graphviz"),
)
_PROGRAMS = {
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "tesseract": "tesseract-ocr",
    "chromedriver": "chromium-chromedriver",
    "pdftotext": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "wkhtmltopdf": "wkhtmltopdf",
    "libreoffice": "libreoffice",
    "soffice": "libreoffice",
    "pandoc": "pandoc",
    "pdflatex": "texlive-latex-base",
    "google-chrome": "",
    "dot": "graphviz",
    "sox": "sox",
    "gs": "ghostscript",
    "java": "default-jre-headless",
    "exiftool": "libimage-exiftool-perl",
    "espeak": "espeak",
    "redis-server": "",
    "docker": "",
    "sudo": "",
}
_STARTERS = (
    "subprocess.run",
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "os.system",
    "os.popen",
)
_CONFIGURED = (
    "GOOGLE_CHROME_BIN",
    "CHROMEDRIVER_PATH",
    "webdriver_manager",
    "imageio_ffmpeg",
    "static_ffmpeg",
    "chromedriver_autoinstaller",
    "chromedriver_binary",
)


def find_programs(graph: Graph, values: Values, app_json: AppJson, tree: Tree) -> Iterator[Evidence]:
    """One finding for each program, unless an Aptfile or a buildpack may bring it."""
    given = " ".join((*(tree.lines("Aptfile") if "Aptfile" in tree else ()), *app_json.buildpacks)).lower()
    told: set[str] = set()
    for here, call in graph.calls():
        program, package, word = "", "", ""
        for start, its_program, its_package, its_word in _BEHIND:
            if call.name.startswith(start):
                program, package, word = its_program, its_package, its_word
        if call.name in _STARTERS:
            program = _first_word(call.argument(0, "args", "command", "cmd"), values, here, call)
            package, word = _PROGRAMS.get(program, ""), program
            if program not in _PROGRAMS:
                continue
        if not program or program in told or word in given or (package and package in given):
            continue
        if any(name in each.module.text for each in graph.all for name in _CONFIGURED):
            continue
        told.add(program)
        yield finding(
            Fact.PROJECT_SOURCE,
            "program",
            Level.WARN,
            LIKELY,
            f"needs the program {program}, which no stack of Heroku's has",
            f"{here.path}:{call.line}",
            program=program,
            apt=package,
            file=here.path,
            line=call.line,
        )


def _first_word(node: ast.expr | None, values: Values, here: Scan, call: Call) -> str:
    if isinstance(node, ast.Name):
        owner = call.place.owner
        given = here.assigned.get(f"{owner}.{node.id}") or here.assigned.get(node.id, [])
        node = given[0][0] if len(given) == 1 else node
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        node = node.elts[0]
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0] if isinstance(node.values[0], ast.Constant) else None
    if isinstance(node, ast.BinOp):
        node = node.left
    value = values.of(node, here, call.place).value
    words = value.split() if isinstance(value, str) else []
    return words[0].rpartition("/")[2] if words else ""
