"""What a person typed to name a unit, taken apart: words, kinds, a code. Pure.

Nothing is looked up here, so every way to read the text is kept: "xã bàng" may be a commune named
Bàng, or a name of two words.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from inventory.names import search_key, spelling_key

CODE: Final = re.compile(r"[0-9]{4,5}")
"""A commune's code among words; the shorter ones of districts and provinces might be numbers.

One of four digits lost its leading zero in a spreadsheet.
"""
CODE_DIGITS: Final = 5
LONGEST: Final = 200
"""No name with all its parents has so many characters; what is behind is not read."""
_APART = re.compile(r"[,;\n()]+")
_WORDS = re.compile(r"[\s.\-–—_/]+")
_NUMBERED = re.compile(r"([^\W\d]+)(\d+)")
_FINAL_Y = re.compile(r"^([bcdđghklmnpqrstvx]+|qu)y([\u0300-\u0323]?)$")
"""Y where i stands as well: Mỹ and Mĩ, Phú Quý and Phú Quí; not Thủy, where it is another sound."""
_SHORT = re.compile(r"\b(tp[\s.]*)?hcm\b", re.IGNORECASE)
"""The one province that is commonly written by its initials."""
_FORMS: Final = {
    ("xa",): "xã",
    ("x",): "xã",
    ("phuong",): "phường",
    ("p",): "phường",
    ("f",): "phường",
    ("thi", "tran"): "thị trấn",
    ("tt",): "thị trấn",
    ("dac", "khu"): "đặc khu",
    ("dk",): "đặc khu",
    ("huyen",): "huyện",
    ("h",): "huyện",
    ("quan",): "quận",
    ("q",): "quận",
    ("thanh", "pho"): "thành phố",
    ("tp",): "thành phố",
    ("thi", "xa"): "thị xã",
    ("tx",): "thị xã",
    ("tinh",): "tỉnh",
    ("t",): "tỉnh",
}
_FORM_WORDS: Final = 2
"""The longest form of a kind has so many words."""


class Word(NamedTuple):
    """One word: without its diacritics, and with them wherever its tone was placed."""

    plain: str
    spelled: str

    @property
    def marked(self) -> bool:
        """Return whether it was written with a diacritic."""
        return self.plain != self.spelled


class Reading(NamedTuple):
    """One way to read words: a kind in small letters (empty: none was typed), and the name."""

    kind: str
    name: tuple[Word, ...]


class Typed(NamedTuple):
    """A text taken apart: the words of its parts that commas divide, and the code among them.

    `marked` says that the person types diacritics, so a word without any has none.
    """

    parts: tuple[tuple[Word, ...], ...]
    code: str
    marked: bool


def typed(text: str) -> Typed:
    """Return a text taken apart. Parts without a word are left out."""
    code = ""
    parts = []
    for part in _APART.split(unicodedata.normalize("NFC", text[:LONGEST])):
        found = []
        for word in words(part):
            if not code and CODE.fullmatch(word.plain):
                code = word.plain.zfill(CODE_DIGITS)
            else:
                found.append(word)
        if found:
            parts.append(tuple(found))
    return Typed(tuple(parts), code, any(word.marked for part in parts for word in part))


def words(text: str) -> tuple[Word, ...]:
    """Return the words of a name. Dots and hyphens divide, apostrophes do not; P5 is two words."""
    apart = _NUMBERED.sub(r"\1 \2", _SHORT.sub(r"\1 ho chi minh", text[:LONGEST]))
    return tuple(word for text in _WORDS.split(apart) if (word := _word(text)).plain)


def glued(name: Sequence[Word]) -> str:
    """Return the words without diacritics as one: N'Thol Hạ, n thol ha and Nthol Hạ are equal."""
    return "".join(word.plain for word in name)


def readings(name: Sequence[Word]) -> Iterator[Reading]:
    """Yield the ways to read words: with the kind that they begin with, if any, and as a name."""
    for length in range(1, _FORM_WORDS + 1):
        kind = _FORMS.get(tuple(word.plain for word in name[:length]))
        if kind is not None and len(name) > length and _spelled_so(name[:length], kind):
            yield Reading(kind, tuple(name[length:]))
    yield Reading("", tuple(name))


def _spelled_so(form: Sequence[Word], kind: str) -> bool:
    """Return whether typed words may be that kind: xà is no xã; xa, x and đk may be kinds."""
    whole = words(kind)
    if [word.plain for word in form] != [word.plain for word in whole]:
        return True
    marked = any(word.marked for word in form)
    return not marked or [word.spelled for word in form] == [word.spelled for word in whole]


@lru_cache(maxsize=8192)
def _word(text: str) -> Word:
    """Return a word, a number without leading zeros unless it may be a code."""
    word = Word(*(_FINAL_Y.sub(r"\1i\2", key) for key in (search_key(text), spelling_key(text))))
    if word.plain.isdecimal() and not CODE.fullmatch(word.plain):
        plain = word.plain.lstrip("0") or "0"
        return Word(plain, plain)
    return word
