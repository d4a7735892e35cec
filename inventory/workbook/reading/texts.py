"""What people type in cells: spaces that are none, letters in two pieces, words that mean nothing.

Pure functions on text; `inventory.workbook.reading.cells` uses them.
"""

import re
import unicodedata
from typing import Final

from inventory.names import search_key

_INVISIBLE: Final = dict.fromkeys(
    map(
        ord,
        "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
        "\u2060\u2066\u2067\u2068\u2069\ufeff",
    )
)
"""Characters of no width, and turns of direction, that come along when text is copied."""
_EMPTY: Final = frozenset(("-", "--", "---", "–", "—", "...", "…", "/", "_"))
"""What stands in a cell of a printed form that has nothing to say."""
_DITTO: Final = frozenset(('"', "”", "''", "nt", "-nt-", "n/t", "nt.", "như trên", "như trên."))
_TOTALS: Final = re.compile(
    r"(tong|tong cong|tong so|cong|tong toan tinh|total)\b[ :.]*[0-9., ]*(diem|may|xa|don vi)?\Z"
)
_UNWANTED: Final = re.compile(r"[^a-z0-9]+")


def tidied(text: str) -> str:
    """Return the text composed (NFC), without invisible characters, single spaces between words."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def plain(text: str) -> str:
    """Return the text tidied, with full-width letters and digits as ordinary ones."""
    return tidied(unicodedata.normalize("NFKC", text))


def is_empty(text: str) -> bool:
    """Return whether a cell with that text says nothing."""
    return not text or text in _EMPTY


def is_ditto(text: str) -> bool:
    """Return whether the text means "as above": nt, như trên."""
    return text.casefold() in _DITTO


def is_totals(text: str) -> bool:
    """Return whether a row that begins so adds up the rows above: Tổng cộng."""
    return bool(_TOTALS.match(search_key(text)))


def header_key(text: str) -> str:
    """Return what headers and tabs are known by: letters and digits, no case, no diacritics."""
    return _UNWANTED.sub("", search_key(plain(text)))
