"""The .mbp as build.sh packs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

from mbp.pack import ROOT, pack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as mbp:
        return mbp.namelist()


def test_another_folder_at_another_time_gives_the_same_bytes(
    archive: Path, tmp_path: Path
) -> None:
    for name in ("llmstream", "mbp", "build/wheels"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("build.sh", "maubot.yaml", "base-config.yaml", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "llmstream" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "llmstream" / "__pycache__" / "chunks.cpython-311.pyc").write_bytes(b"compiled")
    (tmp_path / "llmstream" / "chunks.py").touch()
    (tmp_path / "llmstream" / "chunks.py").chmod(0o600)

    subprocess.run(
        (tmp_path / "build.sh",),
        check=True,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
    )

    assert (tmp_path / "dist" / archive.name).read_bytes() == archive.read_bytes()


def test_it_holds_the_plugin_and_its_dependencies_and_nothing_else(names: list[str]) -> None:
    assert {"maubot.yaml", "base-config.yaml", "LICENSE", "llmstream/__init__.py"} <= set(names)
    assert {name.split("/")[0] for name in names if "/" in name} == {"llmstream"}
    vendored = {name.split("/")[2] for name in names if name.startswith("llmstream/vendor/")}
    assert {name for name in vendored if "-" not in name} == {"markdown_it", "mdurl"}


def test_nothing_compiled_no_tests_and_no_native_code_travel(names: list[str]) -> None:
    assert not [
        name
        for name in names
        if "__pycache__" in name or "tests" in name or name.endswith((".pyc", ".so", ".pyd"))
    ]


def test_every_vendored_package_brings_its_license(names: list[str]) -> None:
    assert [name for name in names if "markdown_it" in name and "/LICENSE" in name]
    assert [name for name in names if "mdurl" in name and "/LICENSE" in name]


def test_the_archive_is_named_after_the_one_version(archive: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert archive.name == f"dev.llmstream-v{version}.mbp"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """Packages such as maubot brings, without those that travel in the archive."""
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(("markdown_it", "mdurl", "llmstream", "__editable__")):
            (tmp_path / package.name).symlink_to(package)
    return tmp_path


def test_markdown_is_rendered_from_the_archive_where_the_host_has_none(
    archive: Path, host: Path
) -> None:
    program = """if True:
        import sys
        sys.path += sys.argv[1:]
        from llmstream.markdown.html import to_html
        import markdown_it
        print(to_html("| a |\\n|---|\\n| **b** |"), markdown_it.__file__)
    """
    bare = (sys.executable, "-I", "-S", "-c", program, str(host), str(archive))
    found = subprocess.run(bare, check=True, stdout=subprocess.PIPE, text=True).stdout

    assert "<strong>b</strong>" in found
    assert f"{archive}/llmstream/vendor/markdown_it/" in found


def test_the_locks_of_missing_packages_are_read_from_the_archive(
    archive: Path, host: Path
) -> None:
    program = """if True:
        import sys
        sys.path += sys.argv[1:]
        from llmstream.bot import packages
        print(packages.LOCKS.joinpath("openai.txt").read_text()[:9], packages.__file__)
    """
    bare = (sys.executable, "-I", "-S", "-c", program, str(host), str(archive))
    found = subprocess.run(bare, check=True, stdout=subprocess.PIPE, text=True).stdout

    assert found == f"# openai> {archive}/llmstream/bot/packages.py\n"


STRANGER = """if True:
    import asyncio, sys, zipfile
    sys.path.insert(0, sys.argv[1])
    if sys.argv[3] == "imported":
        import llmstream.chunks
        assert llmstream.chunks.whose == "a stranger's"
    from maubot.loader.zip import ZippedPluginLoader
    plugin = asyncio.run(ZippedPluginLoader.get(sys.argv[2]).load())
    import llmstream.bot.config, llmstream.chunks
    ours = [each.__file__ for name, each in sys.modules.items() if name.startswith("llmstream")]
    assert all(file.startswith(sys.argv[2]) for file in ours), ours
    print(plugin.__module__, llmstream.chunks.Text("is here").text, llmstream.post.__module__)
"""


@pytest.mark.parametrize("before", ["found", "imported"])
def test_it_loads_its_own_modules_where_maubots_python_has_another_llmstream(
    archive: Path, tmp_path: Path, before: str
) -> None:
    (tmp_path / "llmstream").mkdir()
    for name in ("__init__", "chunks", "post", "bot"):
        (tmp_path / "llmstream" / f"{name}.py").write_text('whose = "a stranger\'s"\n')

    run = (sys.executable, "-c", STRANGER, str(tmp_path), str(archive), before)
    found = subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True, cwd=tmp_path).stdout

    assert found == "llmstream.bot.plugin is here llmstream.post\n"
