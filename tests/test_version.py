"""The next version by one command, in a copy of the files that say it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mbp.version import ROOT

FILES = ("pyproject.toml", "maubot.yaml", "README.md", "CHANGELOG.md", "build.sh")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "mbp").mkdir()
    for name in (*FILES, "mbp/version.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def command(copy: Path, version: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (copy / "build.sh", "version", version),
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )


def said(copy: Path) -> dict[str, str]:
    return {name: (copy / name).read_text() for name in FILES}


def test_the_number_is_raised_wherever_it_stands(copy: Path) -> None:
    before = said(copy)
    old = tomllib.loads(before["pyproject.toml"])["project"]["version"]
    done = command(copy, "99.0.1")
    assert (done.returncode, done.stderr) == (0, "")

    now = said(copy)
    assert tomllib.loads(now["pyproject.toml"])["project"]["version"] == "99.0.1"
    assert "\nversion: 99.0.1\n" in now["maubot.yaml"]
    assert "dev.llmstream-v99.0.1.mbp" in now["README.md"]
    assert f"v{old}.mbp" not in now["README.md"]
    changes = before["CHANGELOG.md"].partition("## Unreleased\n")[2]
    assert now["CHANGELOG.md"].endswith(f"## Unreleased\n\n## 99.0.1\n{changes}")


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("0.0.1", "0.0.1 is not newer than "),
        ("1.0", "1.0 is no version such as 0.2.0."),
        ("v1.0.0", "v1.0.0 is no version such as 0.2.0."),
        ("", "Nothing is no version such as 0.2.0."),
    ],
)
def test_what_is_no_next_version_changes_nothing(copy: Path, version: str, why: str) -> None:
    before = said(copy)
    done = command(copy, version)
    assert done.returncode == 1
    assert done.stderr.startswith(why)
    assert said(copy) == before


def test_a_version_needs_something_that_is_new(copy: Path) -> None:
    command(copy, "99.0.1")
    done = command(copy, "99.0.2")
    assert done.stderr == "CHANGELOG.md has nothing under Unreleased.\n"
    assert "99.0.2" not in "".join(said(copy).values())
