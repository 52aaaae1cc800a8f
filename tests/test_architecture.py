"""ARCHITECTURE.md names what is there, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "ARCHITECTURE.md").read_text()
FACTS = (ROOT / "docs" / "facts.md").read_text()
# A path has a slash or an ending; `Usage.cost` and `!llm` have neither.
_PATH = re.compile(r"`((?:[\w-]+/)*[\w-]+\.(?:py|md|yaml|toml|lock|txt|sh)|(?:[\w-]+/)+[\w-]*)`")


def _exists(path: str) -> bool:
    return any((base / path).exists() for base in (ROOT, ROOT / "llmstream"))


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_path_that_is_named_exists(page: str) -> None:
    named = set(_PATH.findall((ROOT / page).read_text()))
    assert named
    assert not {path for path in named if not _exists(path)}


def test_every_folder_stands_in_the_table() -> None:
    table = PAGE.partition("## Folders")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([^`]+)/` \|", table, re.MULTILINE))
    folders = {path.parent for path in (ROOT / "llmstream").rglob("*.py")}
    assert {str(folder.relative_to(ROOT)) for folder in folders} <= named


def test_every_part_of_the_house_stands_in_the_table_of_imports() -> None:
    table = PAGE.partition("## Two wings")[2].partition("\n## ")[0]
    named = {
        path.removesuffix(".py").strip("/") for path in re.findall(r"`llmstream/([^`]+)`", table)
    }
    named |= {f"matrix/{path}" for path in ("live", "buttons")}
    wanted = {part.replace(".", "/") for part in MAY_IMPORT} - {"matrix"}
    assert wanted <= named


def test_every_fact_says_who_relies_on_it_and_that_is_there() -> None:
    rows = [row.split(" | ") for row in FACTS.splitlines() if row.startswith("| ")]
    assert all(len(row) == 3 for row in rows)
    for path in re.findall(r"`((?:matrix|markdown|bot|providers)/[\w/]+\.py)`", FACTS):
        assert _exists(path), path


def test_no_docstring_or_comment_names_a_file_that_is_gone() -> None:
    ours = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("llmstream/**/*.py")}
    ours |= {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/*.py")}
    gone = set()
    for path in (ROOT / "llmstream").rglob("*.py"):
        for named in re.findall(r"(?<![\w/.])[\w/]+\.py\b", path.read_text()):
            elsewhere = named.startswith(("maubot/", "mautrix/", "mcp/", "synapse/"))
            if not elsewhere and not any(f"/{one}".endswith(f"/{named}") for one in ours):
                gone.add(f"{path.relative_to(ROOT)}: {named}")
    assert not gone


def test_every_promise_of_security_names_tests_that_are_there() -> None:
    promises = (ROOT / "SECURITY.md").read_text().partition("## What is promised")[2]
    promises = promises.partition("## What is not promised")[0]
    rows = [row for row in promises.splitlines() if row.startswith("| ") and "---" not in row]
    assert all("`test_" in row for row in rows if row != "| promise | held by |")
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", tests))
    assert not set(re.findall(r"`(test_\w+)`", promises)) - there
