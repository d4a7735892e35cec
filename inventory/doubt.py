"""What a reported mistake leaves in doubt, so that it is not reported again where all is well.

What seems to be missing may be what the wrong key, the unknown profile or the refused list meant.
"""

import msgspec

from inventory.explain import SHORT_FORMS
from inventory.located import Map, Seq
from inventory.model import Site
from inventory.problems import REFUSED
from inventory.profiles import MERGED_LISTS, maps_of


def may_lack(data: Map, record: type[msgspec.Struct]) -> bool:
    """Return whether a field that is not in the data may be hidden by a mistake in it.

    An unknown profile stays in the site as refused, an unknown key of a profile as itself.
    """
    known = (*record.__struct_encode_fields__, *SHORT_FORMS.get(record.__name__, ()))
    return any(value is REFUSED or key not in known for key, value in data.items())


def is_in_doubt(site: Map) -> bool:
    """Return whether a site, or a profile of sites, may have items that nobody could read."""
    if may_lack(site, Site):
        return True
    for name in MERGED_LISTS:
        items = site.get(name)
        if items is None:
            continue
        if not isinstance(items, Seq) or len(list(maps_of(site, name))) != len(items):
            return True
        if name.endswith("_counts"):
            continue
        if not all(isinstance(item.get("id"), str) for item in maps_of(site, name)):
            return True
    return False
