"""Tables in the documents that say what `gan_tui/spec` declares. UPDATE_DOCS=1 writes them anew."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """A table in Markdown; the columns `numbers` stand at the right."""
    rule = ["--:" if column in numbers else "---" for column in range(len(titles))]
    lines = ["| " + " | ".join(titles) + " |", "|" + "|".join(rule) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)]) + "\n"


def check(document: str, name: str, wanted: str) -> None:
    """What stands between `<!-- name -->` and `<!-- end -->` in a document is what is wanted."""
    path = ROOT / document
    text = path.read_text("utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    match = pattern.search(text)
    assert match, f"{document} has no place for '{name}'"
    found = match[2]
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text[: match.start(2)] + wanted + text[match.end(2) :], "utf-8")
        found = wanted
    assert found == wanted, f"{document}: '{name}' is not what gan_tui/spec declares; UPDATE_DOCS=1 python -m pytest tests/spec"
