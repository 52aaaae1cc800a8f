"""Renews `llmstream/bot/locks/`: what `install_missing_packages: true` installs, with its hashes.

    .venv/bin/python -m mbp.lock

One file for each package behind models and tools, with all that it needs, in the versions that are
installed here: those which the tests have run with. Every wheel of a version is named, so one file
serves all machines; that each package has one for every machine of `MACHINES` is tried at the end.
Needs the network, and the extra `lock` in this environment.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from itertools import product
from pathlib import Path

from .pack import ROOT

LOCKS = ROOT / "llmstream" / "bot" / "locks"
PACKAGES = ("anthropic", "mcp", "ollama", "openai", "prometheus_client")
"""Those without which something does not work: the plugin installs them. A test holds that."""
MACHINES = tuple(
    product(("manylinux_2_28_", "musllinux_1_2_"), ("x86_64", "aarch64"), ("3.11", "3.12", "3.13"))
)
"""On which a locked package has to be installable: maubot's image is musl, with Python 3.12."""

_OLDER = {
    "manylinux_2_28_": ("manylinux_2_17_", "manylinux2014_"),
    "musllinux_1_2_": ("musllinux_1_1_",),
}


def main() -> None:
    wanted = requirements()
    LOCKS.mkdir(exist_ok=True)
    for name, requirement in wanted.items():
        lock = LOCKS / f"{name}.txt"
        lock.write_text(header(requirement) + _resolved(requirement))
        for machine in MACHINES:
            _try(lock, *machine)
        print(f"{lock.relative_to(ROOT)}: {len(_pins(lock))} packages, on all machines")
    for other in LOCKS.iterdir():
        if other.stem not in wanted:
            other.unlink()


def requirements() -> dict[str, str]:
    """What pyproject.toml wants of each of `PACKAGES`: an extra is called as its package is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {package: project["optional-dependencies"][package][0] for package in PACKAGES}


def header(requirement: str) -> str:
    """The first lines of a lock: a test holds that pyproject.toml still wants this."""
    return f"# {requirement}\n# Renewed by: python -m mbp.lock\n"


def _resolved(requirement: str) -> str:
    here = "\n".join(_installed())
    command = (sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal")
    options = ("--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate")
    constraints = ROOT / "build" / "installed.txt"
    constraints.parent.mkdir(exist_ok=True)
    constraints.write_text(here)
    found = subprocess.run(
        (*command, *options, "--only-binary=:all:", "--constraint", str(constraints), "-"),
        input=requirement,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return "".join(pin for pin in re.split(r"^(?=\S)", found, flags=re.M) if not _elsewhere(pin))


def _installed() -> Iterator[str]:
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name and name not in ("maubot-llmstream", "llmstream"):
            yield f"{name}=={distribution.version}"


def _elsewhere(pin: str) -> bool:
    """Whether it is for other systems than maubot's alone."""
    return bool(re.search(r"sys_platform == '(win32|emscripten)'", pin))


def _pins(lock: Path) -> list[str]:
    return re.findall(r"^[\w.-]+==\S+", lock.read_text(), re.MULTILINE)


def _try(lock: Path, system: str, processor: str, python: str) -> None:
    """Let pip find everything for this machine. Ends the program where it does not."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    into = ("--dry-run", "--no-deps", "--ignore-installed", "--target", str(ROOT / "build"))
    exact = ("--require-hashes", "--only-binary=:all:", "--requirement", str(lock))
    machine = (f"{system}{processor}", *(f"{older}{processor}" for older in _OLDER[system]))
    platforms = [word for tag in machine for word in ("--platform", tag)]
    tried = subprocess.run((*pip, *into, *exact, *platforms, "--python-version", python))
    if tried.returncode:
        raise SystemExit(f"{lock.name} cannot be installed on {machine[0]} with Python {python}.")


if __name__ == "__main__":
    main()
