"""Vietnamese names as people type them: keys for searching and for sorting. Pure."""

import unicodedata

_ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
_SORT = {letter: index for index, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


def search_key(text: str) -> str:
    """Return the text without diacritics, case, apostrophes and double spaces.

    "Bằng Thành", "bang  thanh" and "BẰNG THÀNH" give the same key; so do Hoà and Hòa, D'ran and
    D’ran. Đ becomes d, which Unicode decomposition alone does not do.
    """
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = (
        character
        for character in decomposed
        if not unicodedata.combining(character) and character not in "'’‘ʼ`"
    )
    return " ".join("".join(kept).split())


def sort_key(text: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts by the Vietnamese alphabet: Đ after D, Ă and Â after A.

    Tones decide only between words that are otherwise equal. Letters outside the alphabet, digits
    and spaces come before it.
    """
    folded = unicodedata.normalize("NFD", text.casefold())
    tones = "".join(character for character in folded if character in _TONES)
    letters = unicodedata.normalize(
        "NFC", "".join(character for character in folded if character not in _TONES)
    )
    return (*((_SORT.get(letter, -1), letter) for letter in letters), (-2, tones))
