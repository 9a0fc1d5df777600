"""NLTK without data: the package brings none of the corpora that most of its functions load."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.collect.project.tree import Tree

LIST = "nltk.txt"  # the build fetches what it names
MOST_FILES = 2_000
_IMPORTS = re.compile(r"^[ \t]*(?:import nltk\b|from nltk\b)", re.MULTILINE)
_FETCHES = re.compile(
    r"^[^#\n]*(?:nltk\.download\b|\bfrom nltk import [^\n]*\bdownload\b|nltk\.downloader|nltk\.data\.path"
    r"|NLTK_DATA)",
    re.MULTILINE,
)
_COLLECTIONS = frozenset(("all", "all-corpora", "all-nltk", "book", "popular", "tests", "third-party"))
# What uses which data: until NLTK 3.8.1, and since 3.8.2, which reads no pickles any more.
_USES = (
    (re.compile(r"\b(?:word|sent)_tokenize\("), "punkt", "punkt_tab"),
    (re.compile(r"\bpos_tag(?:_sents)?\("), "averaged_perceptron_tagger", "averaged_perceptron_tagger_eng"),
    (re.compile(r"\bne_chunk\("), "maxent_ne_chunker", "maxent_ne_chunker_tab"),
    (re.compile(r"\bstopwords\.words\("), "stopwords", "stopwords"),
    (re.compile(r"\bWordNetLemmatizer\(|\bwordnet\.synsets?\("), "wordnet", "wordnet"),
)


def nltk_data(tree: Tree, requirements: Requirements) -> Iterator[Evidence]:
    """Data that the code uses and nltk.txt does not name.

    Nothing where the code fetches data itself, or the project holds them.
    """
    nltk = requirements.get("nltk")
    if nltk is None or not nltk.direct or any("nltk_data/" in path for path in tree.files):
        return
    sources = [(path, text) for path, text in _sources(tree) if "nltk" in text.lower()]
    if any(_FETCHES.search(text) for _, text in sources):
        return
    yield from _unnamed(tree, nltk, sources)


def _sources(tree: Tree) -> Iterator[tuple[str, str]]:
    for path in list(tree.below("", ".py"))[:MOST_FILES]:
        if tree.is_deployed(path) and (text := tree.text(path)):
            yield path, text


def _unnamed(tree: Tree, nltk: Requirement, sources: list[tuple[str, str]]) -> Iterator[Evidence]:
    """What is used and not in the list, once each."""
    has_list = tree.is_deployed(LIST)
    named = {word for line in tree.lines(LIST) for word in line.split()} if has_list else set()
    if named & _COLLECTIONS:
        return
    told: set[str] = set()
    for path, text in sources:
        if not _IMPORTS.search(text):
            continue
        for use, before, since in _USES:
            resource = before if _is_old(nltk) else since
            match = use.search(text)
            if match is None or resource in named or resource in told:
                continue
            told.add(resource)
            yield finding(
                Fact.PROJECT_REQUIREMENT,
                "nltk-data",
                Level.WARN,
                LIKELY,
                f"{match[0].rstrip('(')} needs {resource}, "
                + (f"which {LIST} does not name" if has_list else f"and there is no {LIST} that names it"),
                _at(path, text, match.end()),
                resource=resource,
            )


def _is_old(nltk: Requirement) -> bool:
    numbers = tuple(int(n) for n in re.findall(r"\d+", nltk.version)[:3])
    return bool(numbers) and numbers < (3, 8, 2)


def _at(path: str, text: str, offset: int) -> str:
    return f"{path}:{text.count(chr(10), 0, offset) + 1}"
