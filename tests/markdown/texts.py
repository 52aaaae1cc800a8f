"""Texts to try the Markdown functions on: random ones, and answers as models write them."""

from pathlib import Path

from hypothesis import strategies as st

_PARTS = """
    * ** *** _ __ ` `` ``` ```` ~~~ ~~ ~ [ ] ( ) ![ ]( | || - + # ## > = --- === |---|
    |:-:|-
    $ $$ \\( \\)
    \\[ \\] \\ < <br> <sub> </sub> <details> </details> <summary>s</summary> <b> </b> <i>
    <details><summary> $x <code>
    &amp; &am ! @room @ann:example.org https://example.org/a_b
    https://matrix.to/#/@ann:example.org
    javascript:alert(1) [a]: [b][a] [a] [^1] [^1]: a b1 word Слово 漢字 e\u0301 👩‍👧 $x^2$
    1. 12) :--
"""
PARTS = [*_PARTS.split(), "\u202e", "\x00"]
SPACES = [" ", "  ", "\n", "\n\n", "\n    ", "\n  ", "\t", "  \n", "\n> ", "\n- ", "\n1. "]

markdown = st.lists(
    st.sampled_from(PARTS) | st.sampled_from(SPACES) | st.text(max_size=3), max_size=40
).map("".join)

ANSWER = """\
## How it works

The **event loop** runs *coroutines*, one by one; see [the docs](https://example.org/loop "Docs").
It was ~~slow~~ fast, `await x` included, and H<sub>2</sub>O.

1. First:
   - nested **bold**
   - [x] done

     ```python
     async def main() -> None:
         await asyncio.sleep(1)  # *not* emphasis
     ```
2. Second, with $E = mc^2$, for $5 or $10.

| Name | Value |
|:-----|------:|
| one  | `1`   |
| two  | **2** |

> A quote of [someone][who],
> on two lines.

$$
\\sum_{i=1}^n x_i
$$

~~~text
``` inside
~~~

Привет, **мир**! 你好，**世界**。 ![A picture](https://example.org/p.png) Done?

[who]: https://example.org/who
"""

ANSWERS = {
    path.stem: path.read_text("utf-8")
    for path in sorted((Path(__file__).parent / "answers").glob("*.md"))
}
