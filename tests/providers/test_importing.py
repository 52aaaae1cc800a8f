"""Packages that are not there, and types that do not exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llmstream.providers import Settings, connect
from llmstream.providers.errors import PackageMissing
from llmstream.providers.importing import load


async def test_a_missing_package_is_named_with_the_ways_to_get_it():
    with pytest.raises(PackageMissing) as caught:
        await load("a_package_that_is_not_there")
    assert "`a_package_that_is_not_there` is not installed" in str(caught.value)
    assert "pip install a_package_that_is_not_there" in str(caught.value)


async def test_one_that_is_there_and_does_not_load_says_so_and_leaves_the_cause_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "tiny_lame.py").write_text("import a_part_that_is_not_there")
    (tmp_path / "tiny_mad.py").write_text("1 / 0")
    for package, cause in {
        "tiny_lame": "ModuleNotFoundError",
        "tiny_mad": "ZeroDivisionError",
    }.items():
        with pytest.raises(
            PackageMissing, match=rf"`{package}` is there and does not load \({cause}\)"
        ):
            await load(package)
        assert f"The package {package} is there and does not load" in caplog.text
        assert f"{cause}: " in caplog.text


@pytest.mark.slow
def test_nothing_is_imported_until_a_provider_is_used():
    program = (
        "import sys\n"
        "from llmstream.providers import Settings, connect\n"
        "for type in ('openai', 'ollama', 'anthropic', 'demo'): connect(Settings('x', type))\n"
        "print({'openai', 'ollama', 'anthropic', 'httpx', 'pydantic'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_an_unknown_type_is_named():
    with pytest.raises(ValueError, match="no provider type 'gpt'"):
        connect(Settings("x", "gpt"))
