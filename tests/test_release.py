"""What a tag makes: one version in every file, the wheel, and what others are told of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.licenses import canonicalize_license_expression
from ruamel.yaml import YAML

from mbp.pack import ROOT
from mbp.release import section, versions, wheel

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
META: dict[str, Any] = YAML(typ="safe").load((ROOT / "maubot.yaml").read_text())


def test_every_file_says_the_same_version_and_the_changelog_has_it() -> None:
    (version,) = set(versions().values())
    assert version == PROJECT["version"] == META["version"]
    assert section(version)


def test_what_is_packed_by_others_brings_what_the_plugin_may_use() -> None:
    extras = PROJECT["optional-dependencies"]
    optional = [extras[name][0] for name in re.findall(r"\w+", extras["all"][0].partition("[")[2])]
    assert sorted(META["soft_dependencies"]) == sorted(optional)


def test_the_license_is_one_expression_everywhere() -> None:
    entry = YAML(typ="safe").load((ROOT / "mbp" / "plugin-index.yaml").read_text())
    (said,) = {META["license"], PROJECT["license"], entry["license"]}
    assert canonicalize_license_expression(said) == said


def test_a_tag_is_released_by_the_commands_that_are_tried_here() -> None:
    workflow = YAML(typ="safe").load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    runs = [step["run"] for step in workflow["jobs"]["release"]["steps"] if "run" in step]
    assert runs[:2] == [".ci/run", './build.sh release "$GITHUB_REF_NAME"']


@pytest.mark.slow
def test_the_wheel_has_all_files_and_streams(tmp_path: Path) -> None:
    made = wheel(tmp_path / "dist")
    with zipfile.ZipFile(made) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        archive.extractall(tmp_path / "there")
    ours = (path for path in (ROOT / "llmstream").rglob("*") if path.is_file())
    assert names == {str(p.relative_to(ROOT)) for p in ours if "__pycache__" not in str(p)}

    program = (
        "import llmstream; from llmstream import post; print(llmstream.__file__, post.__name__)"
    )
    run = (sys.executable, "-c", f"import sys; sys.path.insert(0, 'there'); {program}")
    said = subprocess.run(run, cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert said == f"{tmp_path}/there/llmstream/__init__.py post\n"
