"""All that a release consists of, in `dist/`: the .mbp, the wheel, their checksums, its notes.

    ./build.sh release [v0.2.0]

With a tag it ends where the files say another version. Needs the network, for what builds a wheel.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .pack import ROOT, pack

_OF_THE_WHEEL = ("pyproject.toml", "README.md", "LICENSE")
_SAID = {"pyproject.toml": '(?m)^version = "(.+)"$', "maubot.yaml": r"(?m)^version: (\S+)$"}
_EPOCH = "315532800"  # 1980: the earliest that a zip can say


def main() -> None:
    tag = sys.argv[1] if len(sys.argv) > 1 else ""
    version = _checked(tag)
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    files = [pack(dist), wheel(dist)]
    sums = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    (dist / "SHA256SUMS").write_text("".join(sums))
    (dist / "NOTES.md").write_text(section(version) + "\n")
    print(*(file.name for file in sorted(dist.iterdir())), sep="\n")


def _checked(tag: str) -> str:
    """The version. Ends the program where files and tag do not agree on it."""
    said = versions() | ({"the tag": tag.removeprefix("v")} if tag else {})
    if len(set(said.values())) != 1:
        raise SystemExit(f"These are several versions: {said}")
    version = said["maubot.yaml"]
    if not section(version):
        raise SystemExit(f"CHANGELOG.md says nothing of {version}.")
    return version


def versions() -> dict[str, str]:
    """What each file says."""
    found = {name: re.findall(said, (ROOT / name).read_text()) for name, said in _SAID.items()}
    return {name: " ".join(versions) for name, versions in found.items()}


def section(version: str) -> str:
    """What CHANGELOG.md says of a version; '' where it says nothing."""
    changes = (ROOT / "CHANGELOG.md").read_text()
    found = re.search(rf"(?ms)^## {re.escape(version)}\n(.*?)(?=^## |\Z)", changes)
    return found[1].strip() if found else ""


def wheel(folder: Path) -> Path:
    """Build it from a copy, where no earlier build has left anything. Returns its path."""
    with tempfile.TemporaryDirectory() as copy:
        compiled = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "llmstream", Path(copy, "llmstream"), ignore=compiled)
        for name in _OF_THE_WHEEL:
            shutil.copy(ROOT / name, copy)
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
        subprocess.run(
            (*pip, "--no-deps", "--wheel-dir", str(folder), copy),
            env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH},
            check=True,
        )
    (made,) = folder.glob("*.whl")
    return made


if __name__ == "__main__":
    main()
