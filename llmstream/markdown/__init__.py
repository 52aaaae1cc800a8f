"""Markdown while it is being written: healed, rendered for Matrix, and cut where one event is
too small.

Pure functions on text; nothing here knows of rooms, events or models. What others use:

    to_html, StreamRenderer   Markdown to Matrix's HTML, whole or as it grows     html.py
    heal                      a half-written text with what is open closed        heal.py
    cut                       where an answer too large for one event goes on     split.py
    BlockEnds                 where something may stand between two blocks        split.py
    clean                     text that may stand in a Matrix event               plain.py
    code_span                 any text as inline code                             code_span.py

A text is read into blocks, and these are written as HTML:

    Block, Line               what a text is made of                              blocks.py
    Tree                      the blocks read so far, and which are open          tree.py
    begin                     how each kind of block begins                       starts.py
    details                   the tags around blocks                              details.py
    Parser                    which block a line belongs to, line by line         parser.py
    cells, aligned            the rows of tables                                  tables.py
    Renderer                  blocks to HTML, each once                           render.py
    render                    the rules within a block: links, code, spoilers     inline.py
    Lookup                    where labels lead                                   lookups.py
    Run, pair                 which emphasis belongs together                     emphasis.py
    inline_maths, end_of_tag  what is maths or a tag within a line                spans.py
    write                     which tags and addresses come out                   tokens.py

What is half-written, or cut:

    decide                    what is hidden in a leaf, and what closes it         closing.py
    Edit                      what is hidden or added for display                 edits.py
    Scanner                   what is open at the end of a block                  scan.py
    Segments                  long paragraphs in pieces                           segments.py
    Habits and other guesses  what nobody can know yet                            guesses.py
    seam                      what a cut closes, and opens again behind it        reopen.py

To add a kind of block:

1. blocks.py: its name in `Kind`, and in `CONTAINERS` or `VERBATIM` if it is one of those.
2. starts.py: a function for how it begins, under its first character in `_STARTS`.
3. parser.py: if it has several lines, how it goes on and ends, in `Parser._go_on`.
4. render.py: its HTML, in `Renderer._render`.
5. reopen.py: how it is closed and opened again where a message ends in it: `_leaf`, `_between`.
6. heal.py: if it is a leaf with words, its name in `_last_leaf`, so that open emphasis in it is
   closed; the characters of its marker in `_UNDECIDED_LINE`, so that half of it is not shown.
7. tests/markdown: a row in test_html.py, test_heal.py and test_split.py.
"""
