"""When makers end support of a version of their system: the day after the last day, by UTC.

Facts from Microsoft's release information and lifecycle pages
(https://learn.microsoft.com/windows/release-health/release-information,
https://learn.microsoft.com/lifecycle/products/), https://wiki.debian.org/LTS (end of LTS) and
https://ubuntu.com/about/release-cycle (standard support, by month). Paid extensions (ESU, ESM) are
left out. What is not listed has no date: better none than a wrong one.
"""

from calendar import timegm
from datetime import date

_WINDOWS_HOME_AND_PRO = {
    17763: date(2020, 11, 10),
    18363: date(2021, 5, 11),
    19041: date(2021, 12, 14),
    19042: date(2022, 5, 10),
    19043: date(2022, 12, 13),
    19044: date(2023, 6, 13),
    19045: date(2025, 10, 14),
    22000: date(2023, 10, 10),
    22621: date(2024, 10, 8),
    22631: date(2025, 11, 11),
    26100: date(2026, 10, 13),
    26200: date(2027, 10, 12),
}
"""By build. Of other editions only what differs stands below."""
_WINDOWS_ENTERPRISE = {
    18363: date(2022, 5, 10),
    19045: date(2025, 10, 14),
    22000: date(2024, 10, 8),
    22621: date(2025, 10, 14),
    22631: date(2026, 11, 10),
    26100: date(2027, 10, 12),
}
_WINDOWS_LONG_TERM = {
    14393: date(2026, 10, 13),
    17763: date(2029, 1, 9),
    19044: date(2027, 1, 12),
    26100: date(2029, 10, 9),
}
_WINDOWS_SERVER = {
    7601: date(2020, 1, 14),
    9200: date(2023, 10, 10),
    9600: date(2023, 10, 10),
    14393: date(2027, 1, 12),
    17763: date(2029, 1, 9),
    20348: date(2031, 10, 14),
    26100: date(2034, 10, 10),
}
_LINUX = {
    ("debian", "10"): date(2024, 6, 30),
    ("debian", "11"): date(2026, 8, 31),
    ("debian", "12"): date(2028, 6, 30),
    ("debian", "13"): date(2030, 6, 30),
    ("ubuntu", "20.04"): date(2025, 5, 31),
    ("ubuntu", "22.04"): date(2027, 4, 30),
    ("ubuntu", "24.04"): date(2029, 4, 30),
}
_DAY_SECONDS = 86_400


def windows_support_end_at(edition: str, build: int) -> float | None:
    """Return when support ends (Unix seconds), None for a build that is not listed.

    `edition` is the product's name ("Windows 10 Pro", "Windows Server 2019 Standard"): one build is
    supported for other times by edition.
    """
    name = edition.lower()
    if "server" in name:
        table = _WINDOWS_SERVER
    elif "ltsc" in name or "ltsb" in name:
        table = _WINDOWS_LONG_TERM
    elif "enterprise" in name or "education" in name:
        table = _WINDOWS_ENTERPRISE
    else:
        table = _WINDOWS_HOME_AND_PRO
    return _end_of(table.get(build))


def linux_support_end_at(distribution: str, version: str) -> float | None:
    """Return when support ends (Unix seconds); by ID and VERSION_ID of os-release(5)."""
    return _end_of(_LINUX.get((distribution, version)))


def _end_of(day: date | None) -> float | None:
    return None if day is None else float(timegm(day.timetuple()) + _DAY_SECONDS)
