"""A number above a list, which filters the list when it is chosen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """How many are so; `href` shows them alone, or all again where it is `selected`."""

    number: int
    label: str
    tone: str
    href: str
    selected: bool
