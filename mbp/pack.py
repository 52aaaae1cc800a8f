"""Packs the plugin into `dist/<id>-v<version>.mbp`, byte for byte the same wherever it is run.

A .mbp is a zip with maubot.yaml at its root. What goes in: our own files, and under
`llmstream/vendor/` the modules of the wheels that vendor.txt names. Needs only Python and pip.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "mbp" / "vendor.txt"
WHEELS = ROOT / "build" / "wheels"

_OWN_FILES = ("maubot.yaml", "base-config.yaml", "LICENSE")
_NOT_OURS_TO_SHIP = re.compile(r"__pycache__|\.pyc$|(^|/)\.")
_VENDORED = re.compile(r"\.py$|/LICENSE[^/]*$")
_NOT_VENDORED = re.compile(r"^markdown_it/cli/")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say


def main() -> None:
    archive = pack(ROOT / "dist")
    print(archive.relative_to(ROOT))


def pack(folder: Path) -> Path:
    """Write the archive into a folder, which is made where it is missing. Returns its path."""
    members = dict(sorted((*_own_members(), *_vendored_members())))
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{_said('id')}-v{_said('version')}.mbp"
    with zipfile.ZipFile(archive, "w") as mbp:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3  # Unix, also where it is packed on Windows
            member.external_attr = 0o644 << 16
            # Stored: what deflate makes of the same bytes differs from zlib to zlib.
            mbp.writestr(member, content, zipfile.ZIP_STORED)
    return archive


def _own_members() -> Iterator[tuple[str, bytes]]:
    package = (path for path in (ROOT / "llmstream").rglob("*") if path.is_file())
    for path in (*(ROOT / name for name in _OWN_FILES), *package):
        name = path.relative_to(ROOT).as_posix()
        if not _NOT_OURS_TO_SHIP.search(name):
            yield name, path.read_bytes()


def _vendored_members() -> Iterator[tuple[str, bytes]]:
    for wheel in _wheels():
        with zipfile.ZipFile(wheel) as contents:
            for name in contents.namelist():
                if _VENDORED.search(name) and not _NOT_VENDORED.search(name):
                    yield f"llmstream/vendor/{name}", contents.read(name)


def _wheels() -> list[Path]:
    """The wheels that the lock names, fetched where they are not here yet."""
    wanted = set(re.findall(r"sha256:([0-9a-f]{64})", LOCK.read_text()))
    found = _by_hash()
    if not wanted <= found.keys():
        _download()
        found = _by_hash()
    return [found[digest] for digest in wanted]


def _by_hash() -> dict[str, Path]:
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in WHEELS.glob("*.whl")}


def _download() -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
    exact = ("--no-deps", "--require-hashes", "--only-binary=:all:")
    got = subprocess.run((*pip, *exact, "--dest", str(WHEELS), "--requirement", str(LOCK)))
    if got.returncode:
        raise SystemExit(f"pip could not fetch what {LOCK.relative_to(ROOT)} names (see above).")


def _said(key: str) -> str:
    """A plain value of maubot.yaml."""
    said = re.search(rf"^{key}: (\S+)$", (ROOT / "maubot.yaml").read_text(), re.MULTILINE)
    if not said:
        raise SystemExit(f"maubot.yaml says no {key}.")
    return said[1]


if __name__ == "__main__":
    main()
