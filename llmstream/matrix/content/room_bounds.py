"""What a room takes, as a value that everything which makes events obeys.

What of a room asks for it is read in `matrix/reading/`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a room takes, whatever a style wishes: `post()` asks the room.

    Args:
        corrections: Whether an edit arrives. Where it does not, no message is ever changed.
        edit_count: Edits of one message that arrive, its last among them; 0 is any number.
        edit_seconds: So long after its first event its last edit may be sent; 0 is for ever.
        longest_line: Bytes of a line, in plain text; 0 is any length.
        folding, maths: Are understood.
        html: Formatting is; else plain text is sent.
        notices: Are read by all. Where they are not, every message is a text.
    """

    corrections: bool = True
    edit_count: int = 0
    edit_seconds: int = 0
    longest_line: int = 0
    folding: bool = True
    maths: bool = True
    html: bool = True
    notices: bool = True

    @property
    def rewriting(self) -> bool:
        """Whether a message that was finished some time ago can be written anew."""
        return self.corrections and not (self.edit_count or self.edit_seconds)
