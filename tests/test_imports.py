"""Who imports whom, read from the source: the layers of the house, and what is foreign to each."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "llmstream"

MATRIX = {"matrix", "matrix.content", "matrix.sending", "matrix.reading"}
LIBRARY = MATRIX | {
    *("post", "plan", "adapters", "document", "markdown", "chunks", "messages"),
    *("finish_reasons", "well_formed", "shapes"),
}
# What each part of the house may import besides itself. The rest of the bot may import everything.
MAY_IMPORT: dict[str, set[str]] = {
    "chunks": set(),
    "messages": {"chunks"},
    "markdown": set(),
    "document": {"chunks"},
    "finish_reasons": set(),
    "well_formed": {"chunks"},
    "shapes": {"chunks"},
    "secrets": set(),
    "adapters": {"chunks", "finish_reasons", "markdown", "well_formed", "shapes"},
    "providers": {
        *("chunks", "messages", "finish_reasons", "secrets", "well_formed", "shapes"),
    },
    "matrix.content": {"document", "markdown", "chunks"},
    "matrix.sending": set(),
    "matrix.reading": {"messages", "matrix.content", "well_formed"},
    "matrix": MATRIX | {"document", "chunks"},
    "plan": LIBRARY - {"post"},
    "post": LIBRARY,
    "bot.config": {"providers", "matrix.reading"},
    "bot.store": LIBRARY,
    "bot.room": LIBRARY | {"providers", "bot.config", "bot.store"},
    "bot.tools": LIBRARY | {"providers", "secrets", "bot.config", "bot.store"},
}
FOREIGN_TO_THE_LIBRARY = {"maubot", "asyncpg", "aiosqlite"}
# The only names that two modules may have: one speaks to a provider, one reads its streams.
FAMILIES = {"openai", "anthropic", "ollama", "__init__"}
ONLY_WHEN_USED = {
    "openai",
    "ollama",
    "anthropic",
    "mcp",
    "pydantic_ai",
    "genai_prices",
    "prometheus_client",
}


@dataclass(frozen=True, slots=True)
class Import:
    """`module` imports `name`, `at_once` where it does so by being imported itself."""

    module: str
    name: str
    relative: bool
    at_once: bool

    def __str__(self) -> str:
        return f"{self.module} imports {self.name}"


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / PACKAGE).rglob("*.py"))
}


def imports(module: str) -> Iterator[Import]:
    """Everything that a module imports, anywhere in its text."""
    path = MODULES[module]
    tree = ast.parse(path.read_text())
    home = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    lazy = {inner for outer in ast.walk(tree) if _waits(outer) for inner in ast.walk(outer)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, False, node not in lazy)
        elif isinstance(node, ast.ImportFrom):
            above = home[: len(home) - node.level + 1] if node.level else []
            source = ".".join((*above, *(node.module or "").split("."))).strip(".")
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                name = inner if inner in MODULES else source
                yield Import(module, name, bool(node.level), node not in lazy)


def _waits(node: ast.AST) -> bool:
    """What stands in it is not run by importing the module."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def part(module: str) -> str:
    """`llmstream.plan` is of `plan`, `llmstream.bot.room.access` of `bot.room`."""
    names = module.split(".")[1:]
    inner = ".".join(names[:2])
    return inner if names[:1] == ["bot"] or inner in MATRIX else names[0] if names else ""


def is_library(module: str) -> bool:
    return module != PACKAGE and not part(module).startswith("bot")


EVERY = [one for module in MODULES for one in imports(module)]
OURS = [one for one in EVERY if one.name in MODULES and one.name != one.module]


def listed(offenders: Iterator[Import]) -> str:
    return "\n".join(sorted({str(one) for one in offenders}))


def test_a_part_imports_only_what_is_below_it() -> None:
    assert not listed(
        one
        for one in OURS
        if part(one.module) in MAY_IMPORT
        and part(one.name) not in MAY_IMPORT[part(one.module)] | {part(one.module)}
    )


def test_the_library_imports_nothing_of_the_bot_nor_of_maubot() -> None:
    assert not listed(
        one
        for one in EVERY
        if is_library(one.module)
        and (
            one.name.split(".")[0] in FOREIGN_TO_THE_LIBRARY
            or one.name.startswith(f"{PACKAGE}.bot")
        )
    )


def test_there_are_no_circles_not_even_for_types_or_inside_of_functions() -> None:
    """Neither are there hidden ones, in functions or for the type checker alone."""
    below: dict[str, set[str]] = {}
    for one in OURS:
        if PACKAGE not in (one.module, one.name):
            below.setdefault(one.module, set()).add(one.name)
    try:
        TopologicalSorter(below).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))


def test_our_own_modules_are_imported_relatively() -> None:
    assert not listed(
        one for one in EVERY if one.name.split(".")[0] == PACKAGE and not one.relative
    )


def test_no_name_stands_for_two_modules() -> None:
    names = Counter(path.stem for path in MODULES.values())
    assert {name for name, modules in names.items() if modules > 1} <= FAMILIES


def test_every_module_stands_in_the_index_of_its_package() -> None:
    missing = set()
    for name, path in MODULES.items():
        package = MODULES[name.rpartition(".")[0] or PACKAGE]
        index = ast.get_docstring(ast.parse(package.read_text())) or ""
        if path.name != "__init__.py" and not re.search(rf"\b{path.stem}\b", index):
            missing.add(f"{path.stem} in {package.relative_to(ROOT)}")
    assert not missing


def test_provider_packages_are_imported_only_when_they_are_used() -> None:
    assert not listed(
        one for one in EVERY if one.at_once and one.name.split(".")[0] in ONLY_WHEN_USED
    )
