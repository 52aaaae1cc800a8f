"""How tasks look, whatever they are called and however many there are."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstream.document import Task
from llmstream.matrix.content.tasks import LARGEST, MARKS, render

# The part of Matrix' subset that Markdown makes, and what the list itself is made of.
TAGS = set(
    re.findall(
        r"\w+",
        "a b blockquote br code del details div em h1 h2 h3 h4 h5 h6 hr i img input li ol p pre s"
        " span strong sub summary sup table tbody td th thead tr u ul",
    )
)
VOID = {"br", "hr", "img", "input"}

MARKUP = ["**", "`", "```\n", "\n\n", "- ", "# ", "| a |\n|---|\n", "[x](", "javascript:a)", "$$"]
HTML = ["<b>", "</li>", "</details>", "<script>", "a", " ", "&", "1. ", "> ", "🦊", "\n***\n"]
MARKDOWN = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*MARKUP, *HTML]), max_size=20).map("".join),
)
PIECES = ["🦊", "&", '"', "`a` ", "**a** ", "http://a/🦊 ", "$a$ ", "\x00", "漢", "\n"]


def task(
    title: str = "Search", status: str = "complete", details: str = "", output: str = ""
) -> Task:
    return Task("1", title, status, details, output, 0)  # type: ignore[arg-type]


TASKS = st.lists(
    st.builds(task, MARKDOWN, st.sampled_from(list(MARKS)), MARKDOWN, MARKDOWN), max_size=12
)


class Checked(HTMLParser):
    """Reads HTML that must be balanced and of Matrix' subset."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        for name, value in attributes:
            assert not name.startswith("on")
            if name in ("href", "src"):
                assert not (value or "").strip().lower().startswith("javascript:")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.slow
@given(MARKDOWN, TASKS)
@settings(max_examples=200, deadline=None)
def test_whatever_they_say_the_html_is_sound_and_small(plan: str, tasks: list[Task]) -> None:
    rendered = render(plan, tasks)
    Checked(rendered.html)
    assert len(json.dumps(rendered.body + rendered.html)) <= LARGEST


@given(
    st.sampled_from(PIECES),
    st.sampled_from([1, 10, 100, 2_000]),
    st.sampled_from([1, 9, 40, 300]),
    st.sampled_from(list(MARKS)),
)
@settings(max_examples=60, deadline=None)
def test_however_long_and_many_they_are_the_list_stays_small(
    piece: str, times: int, count: int, status: str
) -> None:
    long = piece * times
    rendered = render(long, [task(long, status, long, long)] * count)
    Checked(rendered.html)
    assert len(json.dumps(rendered.body + rendered.html)) <= LARGEST


def test_a_task_is_a_line_with_its_mark_and_what_belongs_to_it_below() -> None:
    rendered = render("", [task("Search", "in_progress", "`fox`", "*3* hits")])
    assert rendered.body == "- ⏳ Search\n  `fox`\n  → *3* hits"
    assert rendered.html == "<ul><li>⏳ Search<br><code>fox</code><br>→ <em>3</em> hits</li></ul>"


def test_every_status_has_a_mark_of_its_own() -> None:
    marks = [render("", [task(status=status)]).body[2] for status in MARKS]
    assert len(set(marks)) == 4


def test_a_plan_stands_above_its_tasks() -> None:
    rendered = render("Researching *foxes*", [task()])
    assert rendered.body == "**Researching *foxes***\n\n- ✅ Search"
    assert rendered.html.startswith("<p><strong>Researching <em>foxes</em></strong></p><ul>")


def test_a_plan_stands_alone_and_nothing_is_nothing() -> None:
    assert render("Researching", []).html == "<p><strong>Researching</strong></p>"
    assert render("", []).html == render("", []).body == ""


def test_a_title_is_one_line() -> None:
    assert render("a\nb", [task("c\n\nd")]).body == "**a b**\n\n- ✅ c d"


LONG = [task(f"Step {number}", output="a result of some length") for number in range(20)]


def test_what_is_done_and_long_is_folded_and_in_plain_text_only_titles_remain() -> None:
    rendered = render("", LONG)
    assert rendered.html.startswith("<details><summary>✅ 20 steps</summary><ul><li>✅ Step 0<br>")
    assert rendered.body.startswith("**✅ 20 steps**\n\n- ✅ Step 0\n- ✅ Step 1\n")
    assert "result" not in rendered.body


def test_what_runs_or_is_short_is_not_folded() -> None:
    assert "<details>" not in render("", [*LONG, task(status="in_progress")]).html
    assert "<details>" not in render("", [*LONG, task(status="pending")]).html
    assert "<details>" not in render("", LONG[:2]).html


def test_a_folded_plan_is_opened_by_its_title_and_failures_are_counted() -> None:
    assert "<summary>Done</summary>" in render("Done", LONG).html
    failed = render("", [*LONG, task(status="error")])
    assert "<summary>❌ 21 steps, 1 failed</summary>" in failed.html


@pytest.mark.parametrize("count", [150, 2_000])
def test_of_very_many_the_newest_are_shown_and_the_rest_is_counted(count: int) -> None:
    tasks = [task(f"Step {number}", "in_progress") for number in range(count)]
    rendered = render("", tasks)
    shown = re.findall(r"Step (\d+)", rendered.html)
    assert shown[-1] == str(count - 1)
    assert f"… {count - len(shown)} before" in rendered.body


def test_what_is_cut_is_closed() -> None:
    rendered = render("", [task("Search", "in_progress", "**bold** " * 300)])
    assert "…" in rendered.html
    assert rendered.html.count("<strong>") == rendered.html.count("</strong>") > 50


def test_clients_that_know_only_lists_still_show_all_words() -> None:
    """Element X drops the tags of details and tables, not their text."""
    html = render("Done", LONG).html
    bare = re.sub(r"</?(details|summary)>", "", html)
    assert "Done<ul>" in bare
    assert bare.count("<li>") == 20
