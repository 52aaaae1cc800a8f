"""Markdown while it is being written: healed, rendered for Matrix, and cut where one event is
too small.

Pure functions on text; nothing here knows of rooms, events or models.

- `code_span.code_span`: any text as inline code.
- `heal.heal`: a half-written text with what is open closed, for display while writing.
- `html.to_html` and `html.StreamRenderer`: Markdown to Matrix's subset of HTML, whole or as it
  grows.
- `plain.clean`: text that may stand in a Matrix event.
- `split.cut`: where an answer too large for one event goes on in the next.
"""
