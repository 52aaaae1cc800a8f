"""What `install_missing_packages: true` installs: as pyproject.toml wants it, each by its hash."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from llmstream.providers import TYPES
from mbp.lock import LOCKS, header, requirements

WANTED = requirements()


def pins(package: str) -> dict[str, list[str]]:
    """The hashes of each version in a lock, which is named as pip names it."""
    text = (LOCKS / f"{package}.txt").read_text()
    found = re.findall(r"^([\w.-]+==[^\s;]+)[^\n]*\\\n((?:    --hash=.*\n)+)", text, re.MULTILINE)
    return {pin: re.findall(r"sha256:([0-9a-f]{64})\b", hashes) for pin, hashes in found}


def test_every_package_that_is_imported_only_when_used_has_a_lock_and_no_other():
    behind = {kind.package for kind in TYPES.values()} - {""} | {"mcp"}
    assert behind <= set(WANTED)
    assert {lock.stem for lock in LOCKS.iterdir()} == set(WANTED)


@pytest.mark.parametrize("package", WANTED)
def test_a_lock_is_what_pyproject_wants(package: str):
    """Where it is not: `python -m mbp.lock`."""
    assert (LOCKS / f"{package}.txt").read_text().startswith(header(WANTED[package]))
    versions = dict(pin.split("==") for pin in pins(package))
    assert Requirement(WANTED[package]).specifier.contains(versions[canonicalize_name(package)])


@pytest.mark.parametrize("package", WANTED)
def test_every_line_of_a_lock_is_one_version_with_hashes(package: str):
    lines = (LOCKS / f"{package}.txt").read_text().splitlines()
    assert len(pins(package)) == sum(not line.startswith((" ", "#")) for line in lines)
    assert all(pins(package).values())


def test_two_locks_never_have_two_versions_of_one_package():
    versions: dict[str, set[str]] = {}
    for package in WANTED:
        for pin in pins(package):
            name, _, version = pin.partition("==")
            versions.setdefault(canonicalize_name(name), set()).add(version)
    assert [name for name, several in versions.items() if len(several) > 1] == []
