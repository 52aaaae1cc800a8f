"""All pages together: links lead somewhere, and each configuration on them is a good one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from llmstream.bot.config import read
from mbp.pack import ROOT

PAGES = (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
FOREIGN = re.compile(r"scrape_configs$|rc_message$|matrix_|database$")
"""Keys that are Prometheus's, Synapse's, the Ansible playbook's and maubot's own."""


def _configurations() -> list[Any]:
    """Each YAML on a page, read as maubot does; providers.md has a test of its own."""
    return [
        pytest.param(YAML().load(block), id=f"{page.name}-{number}")
        for page in PAGES
        for number, block in enumerate(
            re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
        )
        if page.name != "providers.md"
    ]


@pytest.mark.parametrize("configuration", _configurations())
def test_a_configuration_on_a_page_is_a_good_one(configuration: dict[str, Any]) -> None:
    if not FOREIGN.match(next(iter(configuration))):
        read(configuration)


def _anchors(page: Path) -> set[str]:
    """As the hosts of repositories make them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)", page.read_text())
    for path, anchor in links:
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), path
        assert not anchor or anchor in _anchors(there), f"{path}#{anchor}"
