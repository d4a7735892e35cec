"""What the workbook must know of the files as written, beyond what the inventory means.

A filled inventory no longer says which profile a site names, which fields stand on its own line,
or which items are its own and not the profile's.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from inventory.files import Sources, read_sources
from inventory.located import Map
from inventory.problems import Problems
from inventory.profiles import ITEM_LISTS, maps_of


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The profiles of sites, and by id of a site what it says itself.

    `site_profiles` are the profiles of sites in the order of the files, each with the kind of
    building (`model.SiteKind`) that it is for, "" where it says none. `profile_of` is the profile
    that a site names, `fields` are the names of the fields written on the site, short forms
    (`carrier`, `pcs`, ...) included. `items` are full ids of items that stand in a site one by
    one: neither from its profile alone nor one of a range.
    """

    site_profiles: Mapping[str, str] = {}
    profile_of: Mapping[str, str] = {}
    fields: Mapping[str, frozenset[str]] = {}
    items: frozenset[str] = frozenset()


NOTHING_WRITTEN: Final = Written()
"""Of an inventory whose files nobody looked at."""


def read_written(path: Path) -> Written:
    """Read an inventory's files again. Raises ConfigError when they cannot be read as YAML."""
    problems = Problems()
    sources = read_sources(path, problems)
    problems.raise_if_any()
    return NOTHING_WRITTEN if sources is None else written_of(sources)


def written_of(sources: Sources) -> Written:
    """Return what the located data say; what is wrong in them is left out."""
    sites = [(str(one["id"]), one) for one in sources.records["sites"] if "id" in one]
    return Written(
        site_profiles={
            profile["id"]: str(profile.get("kind", ""))
            for profile in sources.profiles["sites"]
            if isinstance(profile.get("id"), str)
        },
        profile_of={
            identity: site["profile"]
            for identity, site in sites
            if isinstance(site.get("profile"), str)
        },
        fields={identity: frozenset(map(str, site)) for identity, site in sites},
        items=frozenset(f"{identity}/{item}" for identity, site in sites for item in _own(site)),
    )


def _own(site: Map) -> Iterator[str]:
    for name in ITEM_LISTS:
        for item in maps_of(site, name):
            local = item.get("id")
            if isinstance(local, str) and "omit" not in item and "[" not in local:
                yield local
