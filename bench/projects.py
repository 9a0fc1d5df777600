"""Projects to look at: a typical one, and a large one whose web process imports every module."""

from __future__ import annotations

import random
from pathlib import Path

WORDS = [
    "order",
    "invoice",
    "customer",
    "basket",
    "refund",
    "voucher",
    "parcel",
    "ledger",
    "quote",
    "payment",
    "stock",
    "supplier",
]

_FUNCTION = '''
def {verb}_{noun}_{number}(items, *, limit={limit}, strict=False):
    """{Verb} each {noun} that is still open.

    Items without an amount are left out; with `strict` they raise ValueError.
    """
    result = []
    for position, item in enumerate(items):
        amount = item.get("amount")
        if amount is None:
            if strict:
                raise ValueError(f"{noun} {{position}} has no amount")
            continue
        # Amounts are in cents.
        if amount > limit:
            logger.info("%s is over the limit of %s", item["id"], limit)
            result.append({{"id": item["id"], "amount": limit, "rest": amount - limit}})
        else:
            result.append({{"id": item["id"], "amount": amount, "rest": 0}})
    total = sum(each["amount"] for each in result)
    return {{"{noun}s": result, "total": total, "count": len(result)}}

'''

_CLASS = '''
class {Noun}{number}(Base):
    """A {noun}, as the shop keeps it."""

    __tablename__ = "{noun}_{number}"

    def __init__(self, name, amount=0, notes=()):
        self.name = name
        self.amount = amount
        self.notes = list(notes)

    def describe(self):
        """One line for people."""
        if not self.notes:
            return f"{{self.name}}: {{self.amount / 100:.2f}}"
        first, *rest = self.notes
        return f"{{self.name}}: {{self.amount / 100:.2f}} ({{first}}, {{len(rest)}} more)"

    def as_dict(self):
        return {{"name": self.name, "amount": self.amount, "notes": self.notes}}

'''


def write_project(folder: Path, modules: int, lines: int) -> int:
    """A Flask app of that many modules and about as many lines. Returns the lines written."""
    choose = random.Random(7)
    packages = max(1, modules // 40)
    written = 0
    (folder / "shop").mkdir(parents=True)
    names = [f"shop.part{number % packages}.module{number}" for number in range(modules)]
    for number in range(packages):
        (folder / "shop" / f"part{number}").mkdir()
        (folder / "shop" / f"part{number}" / "__init__.py").write_text("")
    for number, name in enumerate(names):
        text = _module(choose, names[max(0, number - 3) : number], lines // modules)
        written += text.count("\n")
        (folder / f"{name.replace('.', '/')}.py").write_text(text)
    last = "\n".join(f"import {name}" for name in names)
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "base.py").write_text("class Base:\n    pass\n")
    (folder / "app.py").write_text(
        f"import os\n\nfrom flask import Flask\n\n{last}\n\napp = Flask(__name__)\n"
    )
    (folder / "Procfile").write_text("web: gunicorn app:app\n")
    (folder / ".python-version").write_text("3.13\n")
    (folder / "requirements.txt").write_text("Flask==3.1.3\ngunicorn==27.0.1\nrequests==2.32.5\n")
    return written


def _module(choose: random.Random, earlier: list[str], lines: int) -> str:
    head = '"""A part of the shop."""\n\nimport json\nimport logging\nimport os\n\nimport requests\n\n'
    head += "from shop.base import Base\n" + "".join(f"import {name}\n" for name in earlier)
    parts = [head, "\nlogger = logging.getLogger(__name__)\nLIMIT = 10_000\n\n"]
    while sum(part.count("\n") for part in parts) < lines:
        noun, verb = choose.choice(WORDS), choose.choice(("settle", "check", "collect", "close"))
        fill = {"verb": verb, "noun": noun, "number": len(parts), "Verb": verb.title(), "Noun": noun.title()}
        form = _CLASS if len(parts) % 4 == 0 else _FUNCTION
        parts.append(form.format(limit=choose.randrange(100, 9999), **fill))
    return "".join(parts)
