"""What HTML may stand in a Matrix message: the client-server API's list, and clients' limits."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

_TAGS = """
    del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table
    thead tbody tr th td caption pre span img details summary
"""
TAGS = set(_TAGS.split())
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "code": {"class"},
    "span": {"data-mx-maths", "data-mx-spoiler"},
    "div": {"data-mx-maths"},
}
SCHEMES = {"http", "https", "ftp", "mailto", "magnet"}
VOID = {"br", "hr"}
DEEPEST = 50  # Element


class Checked(HTMLParser):
    """Reads HTML; raises AssertionError at the first thing not allowed. `text` is what is seen."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.seen: list[str] = []
        self.feed(html)
        self.close()
        assert not self.stack, f"left open: {self.stack}"
        html.encode()

    @property
    def text(self) -> str:
        return " ".join("".join(self.seen).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, ()), (tag, name)
            if name == "href":
                assert urlsplit(value or "").scheme in SCHEMES, value
                assert "matrix.to" not in (value or "").lower()
            if name == "class":
                assert (value or "").startswith("language-")
        assert not (tag == "a" and "a" in self.stack)
        if tag not in VOID:
            self.stack.append(tag)
            assert len(self.stack) <= DEEPEST, len(self.stack)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack
        assert self.stack.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"declaration: {data}")


def visible(html: str) -> str:
    """What a reader sees of allowed HTML, white space collapsed."""
    return Checked(html).text
