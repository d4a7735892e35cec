"""The words before a unit's name (Xã, Phường, Huyện ...), and what kind of unit they say. Pure.

A name is always kept with its word, as the official list writes it; this says where it ends.
"""

from typing import Final

from inventory.model import UnitKind

PROVINCE_CODE_DIGITS: Final = 2
DISTRICT_CODE_DIGITS: Final = 3
WORDS: Final = (
    "Xã",
    "Phường",
    "Thị trấn",
    "Huyện",
    "Quận",
    "Thị xã",
    "Thành phố",
    "Tỉnh",
    "Đặc khu",
)
"""Every word that the official lists use, the most frequent first; none begins another."""


def word_of(name: str) -> str:
    """Return the word before the name, empty if there is none: Xã of Xã Bằng Thành."""
    return next((word for word in WORDS if name.startswith(f"{word} ")), "")


def bare(name: str) -> str:
    """Return the name without its word, which stays before a number: Phường 5, Quận 1."""
    rest = name.removeprefix(word_of(name)).strip()
    return name if rest[:1].isdecimal() else rest


def kind_of(name: str, code: str) -> UnitKind:
    """Return the kind of unit: by the length of its code, and among communes by its word.

    A town (thị trấn) was a commune; quận, thị xã and cities below a province were districts.
    """
    if len(code) == PROVINCE_CODE_DIGITS:
        return UnitKind.PROVINCE
    if len(code) == DISTRICT_CODE_DIGITS:
        return UnitKind.DISTRICT
    match word_of(name):
        case "Phường":
            return UnitKind.WARD
        case "Đặc khu":
            return UnitKind.SPECIAL_ZONE
        case _:
            return UnitKind.COMMUNE
