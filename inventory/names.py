"""Vietnamese names as people type them: keys for searching and sorting, and ids made of them. Pure.

Nothing here knows what a name stands for.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
_SORT = {letter: index for index, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_APOSTROPHES = "'’‘ʼ`"
_MOST_KEPT: Final = 1 << 15
"""Keys of so many names are kept: pages sort the names of a province again and again."""
_LONGEST_KEPT: Final = 200
_NO_ID = re.compile("[^a-z0-9]+")


def search_key(text: str) -> str:
    """Return the text without diacritics, case, apostrophes and double spaces.

    "Bằng Thành", "bang  thanh" and "BẰNG THÀNH" give the same key; so do Hoà and Hòa, D'ran and
    D’ran. Đ becomes d, which Unicode decomposition alone does not do.
    """
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = (
        character
        for character in decomposed
        if not unicodedata.combining(character) and character not in _APOSTROPHES
    )
    return " ".join("".join(kept).split())


def spelling_key(text: str) -> str:
    """Return a key that keeps the diacritics but not how they are placed, nor the case.

    Hoà and Hòa are one spelling (the tone stands after the word here), and so are D'ran and
    D’Ran; Hoa and Hoá are others.
    """
    folded = unicodedata.normalize("NFD", text.casefold())
    return " ".join(_tone_last(word) for word in folded.split())


def _tone_last(word: str) -> str:
    letters = (char for char in word if char not in _TONES and char not in _APOSTROPHES)
    tones = (char for char in word if char in _TONES)
    return "".join((*letters, *tones))


def slug(text: str) -> str:
    """Return the text as (part of) an id: Xã N'Thol Hạ gives xa-n-thol-ha; may be empty."""
    apart = "".join(" " if char in _APOSTROPHES else char for char in text)
    return _NO_ID.sub("-", search_key(apart)).strip("-")


def sort_key(text: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts by the Vietnamese alphabet: Đ after D, Ă and Â after A.

    Tones decide only between words that are otherwise equal. Letters outside the alphabet, digits
    and spaces come before it.
    """
    return _kept_sort_key(text) if len(text) <= _LONGEST_KEPT else _sort_key(text)


def _sort_key(text: str) -> tuple[tuple[int, str], ...]:
    folded = unicodedata.normalize("NFD", text.casefold())
    tones = "".join(character for character in folded if character in _TONES)
    letters = unicodedata.normalize(
        "NFC", "".join(character for character in folded if character not in _TONES)
    )
    return (*((_SORT.get(letter, -1), letter) for letter in letters), (-2, tones))


_kept_sort_key = lru_cache(_MOST_KEPT)(_sort_key)
