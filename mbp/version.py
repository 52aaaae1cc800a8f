"""Gives the plugin its next version, wherever the number stands: `./build.sh version 0.2.0`.

It packs nothing and tags nothing. Needs only Python.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_UNRELEASED = "## Unreleased\n"
_NUMBER = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_PLACES = {
    "pyproject.toml": '\nversion = "{}"\n',
    "maubot.yaml": "\nversion: {}\n",
    "README.md": "dev.llmstream-v{}.mbp",
}


class Wrong(Exception):
    """Nothing was changed. The text says why."""


def raised(root: Path, version: str) -> dict[Path, str]:
    """The files that a new version changes, as they are with it. Raises `Wrong`."""
    maubot = (root / "maubot.yaml").read_text()
    found = re.search(_PLACES["maubot.yaml"].format(f"({_NUMBER.pattern})"), maubot)
    if not found:
        raise Wrong("maubot.yaml has no version such as 0.1.0.")
    before = found[1]
    if _order(version) <= _order(before):
        raise Wrong(f"{version} is not newer than {before}.")
    changed = {}
    for name, place in _PLACES.items():
        text, old = (root / name).read_text(), place.format(before)
        if old not in text:
            raise Wrong(f"{name} does not say {before} where it should: {old.strip()}")
        changed[root / name] = text.replace(old, place.format(version))
    changed[root / "CHANGELOG.md"] = _released((root / "CHANGELOG.md").read_text(), version)
    return changed


def _order(version: str) -> tuple[int, ...]:
    if not (parts := _NUMBER.fullmatch(version)):
        raise Wrong(f"{version or 'Nothing'} is no version such as 0.2.0.")
    return tuple(map(int, parts.groups()))


def _released(changes: str, version: str) -> str:
    """What was unreleased is this version's now."""
    before, heading, after = changes.partition(_UNRELEASED)
    if not heading or not after.partition("\n## ")[0].strip():
        raise Wrong("CHANGELOG.md has nothing under Unreleased.")
    return f"{before}{_UNRELEASED}\n## {version}\n{after}"


def main() -> None:
    try:
        changed = raised(ROOT, "".join(sys.argv[1:2]))
    except Wrong as wrong:
        sys.exit(str(wrong))
    for path, text in changed.items():
        path.write_text(text)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
