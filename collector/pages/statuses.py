"""In which order and colour statuses are shown, and where a site is read more of. Pure."""

from typing import Final
from urllib.parse import quote

ORDER: Final = (
    "down",
    "degraded",
    "unreachable",
    "unknown",
    "never_seen",
    "maintenance",
    "exempt",
    "up",
)
"""The worst status first."""
FAULTY: Final = frozenset({"down", "degraded", "unreachable"})
TONES: Final = {"down": "bad", "degraded": "warn", "unreachable": "warn", "up": "good"}
"""Colour of a status; every other one rests."""


def site_href(site: str) -> str:
    """Return the address of a site's page."""
    return f"/sites/{quote(site, safe='')}"
