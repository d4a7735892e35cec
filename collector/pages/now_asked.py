"""What of the first page is asked for: filters and views, as they stand in its address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlencode

MAP_TILES: Final = "tiles"
MAP_OUTLINE: Final = "outline"
_MOST_DIGITS: Final = 18
_LONGEST: Final = 200
"""Characters of one value that are kept; more is no name that anybody types."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters (empty: none), which map, the moment since when changes are told, list pages.

    `writing` is the outage whose form is open, 0 for none: a page with an open form does not load
    itself anew, which would lose what is typed.
    """

    query: str = ""
    status: str = ""
    cause: str = ""
    map: str = MAP_TILES
    since: str = ""
    page: int = 1
    outages: int = 1
    writing: int = 0
    is_wall: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Read an address's query; what makes no sense is as if it were not there."""

        def text(name: str) -> str:
            return given.get(name, "").strip()[:_LONGEST]

        def number(name: str, least: int = 1) -> int:
            value = text(name)
            is_number = value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
            return max(int(value), least) if is_number else least

        return cls(
            query=text("q"),
            status=text("status"),
            cause=text("cause"),
            map=MAP_OUTLINE if text("map") == MAP_OUTLINE else MAP_TILES,
            since=text("since"),
            page=number("p"),
            outages=number("o"),
            writing=number("w", least=0),
            is_wall=text("wall") == "1",
        )

    @property
    def fields(self) -> dict[str, str]:
        """What stands in the address, without what is so anyway."""
        values = {
            "q": self.query,
            "status": self.status,
            "cause": self.cause,
            "map": "" if self.map == MAP_TILES else self.map,
            "since": self.since,
            "p": "" if self.page == 1 else str(self.page),
            "o": "" if self.outages == 1 else str(self.outages),
            "w": str(self.writing) if self.writing else "",
            "wall": "1" if self.is_wall else "",
        }
        return {name: value for name, value in values.items() if value}

    def href(self, *, anchor: str = "", **changed: object) -> str:
        """Return the address with some fields (by their names in it) changed; "" leaves one out."""
        kept = self.fields | {name: str(value) for name, value in changed.items()}
        query = urlencode({name: value for name, value in kept.items() if value})
        path = f"/?{query}" if query else "/"
        return f"{path}#{anchor}" if anchor else path
