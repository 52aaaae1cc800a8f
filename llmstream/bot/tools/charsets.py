"""A page's bytes as text, by the character set that it names.

A short list: Python has codecs for which a page of a megabyte takes minutes (punycode), and some
that are no character sets. Browsers know about as many: https://encoding.spec.whatwg.org.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

_UTF_8 = "utf-8"
_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("ascii", "usascii", "latin1", "iso88591", "cp1252"), "cp1252"),
    **{f"iso8859{part}": f"iso8859-{part}" for part in (*range(2, 12), *range(13, 17))},
    **{f"windows{page}": f"cp{page}" for page in range(1250, 1259)},
    "latin2": "iso8859-2",
    "latin9": "iso8859-15",
    "macintosh": "mac-roman",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "ibm866": "cp866",
    "tis620": "cp874",
    **dict.fromkeys(("utf16", "utf16le"), "utf-16-le"),
    "utf16be": "utf-16-be",
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    **dict.fromkeys(("big5", "big5hkscs"), "big5hkscs"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "windows31j"), "cp932"),
    "eucjp": "euc_jp",
    "iso2022jp": "iso2022_jp",
    "euckr": "cp949",
    "ksc56011987": "cp949",
}
_DECLARED = re.compile(rb"""<meta[^>]{1,200}?charset=["']?([\w-]{1,40})""", re.IGNORECASE)
_DECLARED_WITHIN = 1024  # bytes, as browsers do
_PIECE = 16_384  # bytes decoded in one step


def decoded(body: bytes, charset: str) -> str:
    """The text. `charset` is what the server says; else the page itself may. Never fails.

    What is no character is U+FFFD, and an unknown character set is UTF-8.
    """
    if not charset and (declared := _DECLARED.search(body[:_DECLARED_WITHIN])):
        charset = declared[1].decode("ascii", "replace")
    decoder = codecs.getincrementaldecoder(_codec(charset))("replace")
    pieces = [body[at : at + _PIECE] for at in range(0, len(body), _PIECE)]
    return "".join([*map(decoder.decode, pieces), decoder.decode(b"", final=True)])


def _codec(charset: str) -> str:
    return _ALIASES.get(re.sub(r"[\W_]", "", charset[:40].lower()), _UTF_8)
