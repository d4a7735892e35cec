"""Filling in: a site as a person writes it -> the site with everything in it.

In this order: the site's profile, the short forms, defaults, ranges of ids, addresses counted
within the site's network, full ids. What is wrong is reported where it was written; wrong types
are left alone here, `inventory.explain` says what is wrong with them.
"""

import ipaddress
import re
from collections.abc import Collection, Mapping

from inventory.doubt import is_in_doubt
from inventory.located import Map, Seq, made_map, made_seq
from inventory.parse import MERGE_KEY
from inventory.problems import REFUSED, Problems, quoted
from inventory.profiles import (
    COUNT_LISTS,
    ITEM_LISTS,
    apply_defaults,
    maps_of,
    merge_profile,
)
from inventory.ranges import expand_items

ADDRESS_FIELDS: Mapping[str, tuple[str, ...]] = {
    "links": ("gateway", "next_hop"),
    "devices": ("address",),
    "machines": ("address",),
    "conference_points": ("address",),
}
"""Fields that may count within the site's network, by item list."""
LOCAL_REFERENCES: Mapping[str, str] = {"devices": "upstream", "conference_points": "machine"}
"""Fields that may name an item of the same site by its local id."""
_OF_LINKS = ("carrier", "capacity_mbps")
_OF_FIRST_LINK = ("circuit", "contract")
LINK_SHORT_FORMS = (*_OF_LINKS, *_OF_FIRST_LINK)
"""Fields on a site that are short for fields of its links."""
_COUNTED = re.compile(r"\+([0-9]{1,9})")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def fill_site(
    written: Map,
    profiles: Mapping[str, Map],
    in_doubt: Collection[str],
    defaults: Mapping[str, Map],
    problems: Problems,
) -> Map:
    """Return a copy of a site's data with everything filled in.

    `in_doubt` are the ids of profiles with a mistake that may hide items.
    """
    site = written.derived()
    merge_profile(site, profiles, in_doubt, problems)
    _assign_unit(site, problems)
    _fill_links(site, problems)
    _count_pcs(site, problems)
    for name in (*ITEM_LISTS, *COUNT_LISTS):
        for item in maps_of(site, name):
            apply_defaults(item, defaults.get(name))
    apply_defaults(site, defaults.get("sites"))
    for name in ITEM_LISTS:
        items = site.get(name)
        if isinstance(items, Seq):
            site[name] = expand_items(items, problems)
    _count_addresses(site, problems)
    _complete_ids(site)
    return site


def _assign_unit(site: Map, problems: Problems) -> None:
    """Replace `unit: X` by one open assignment."""
    if "unit" not in site:
        if "assignments" not in site and MERGE_KEY not in site:
            problems.add(site.spot().field("unit"), "a unit that uses the site", "nothing")
            site["assignments"] = REFUSED
        return
    if "assignments" in site:
        spot = site.key_spot("unit").field("unit")
        problems.add(spot, "either unit or assignments", "both")
    else:
        assignment = made_map(site, "unit")
        assignment.adopt("unit", site["unit"], site, "unit")
        node = site.nodes["unit"][1]
        site["assignments"] = made_seq(assignment, [(assignment, node)])
    del site["unit"]


def _fill_links(site: Map, problems: Problems) -> None:
    """Move carrier, capacity, circuit and contract from the site to its links that lack them."""
    for field in LINK_SHORT_FORMS:
        if field not in site:
            continue
        lacking = [link for link in maps_of(site, "links") if field not in link]
        if field in _OF_FIRST_LINK:
            main = [link for link in maps_of(site, "links") if link.get("backup") is not True]
            lacking = [link for link in main[:1] if field not in link]
        for link in lacking:
            link.adopt(field, site[field], site, field)
        if not lacking and not is_in_doubt(site):
            problems.add(site.key_spot(field).field(field), f"a link without {field}", "none")
        del site[field]


def _count_pcs(site: Map, problems: Problems) -> None:
    """Let `pcs` override the first machine count: a number, or count, date and source."""
    if "pcs" not in site:
        return
    first = next(maps_of(site, "machine_counts"), None)
    value = site["pcs"]
    if first is None and is_in_doubt(site):
        pass  # What hides the profile's counts was reported.
    elif first is None:
        spot = site.key_spot("pcs").field("pcs")
        problems.add(spot, "a profile with machine_counts to override", "none")
    elif isinstance(value, Map):
        for field in value:
            first.adopt(field, value[field], value, field)
    else:
        first.adopt("count", value, site, "pcs")
    del site["pcs"]


def first_network(site: Map) -> Network | None:
    """Return the site's first network, None if there is none or it is wrong."""
    networks = site.get("networks")
    first = networks[0] if isinstance(networks, Seq) and networks else None
    if not isinstance(first, str):
        return None
    try:
        return ipaddress.ip_network(first)
    except ValueError:
        return None


def _count_addresses(site: Map, problems: Problems) -> None:
    """Replace `"+N"` by the Nth address of the site's first network."""
    network = first_network(site)
    for name, fields in ADDRESS_FIELDS.items():
        for item in maps_of(site, name):
            for field in fields:
                value = item.get(field)
                if isinstance(value, str) and value[:1] == "+":
                    _count_address(item, field, site, network, problems)


def _count_address(
    item: Map, field: str, site: Map, network: Network | None, problems: Problems
) -> None:
    value = str(item[field])
    match = _COUNTED.fullmatch(value)
    if network is None:
        if not site.get("networks") and not is_in_doubt(site):
            expected = 'a network to count addresses like "+1" in'
            problems.add(site.spot().field("networks"), expected, "nothing")
        item[field] = REFUSED
        return
    # The first address names the network itself, the last of IPv4 everyone in it.
    last = network.num_addresses - (2 if network.version == 4 else 1)  # noqa: PLR2004 - IPv4
    last = min(max(last, 1), network.num_addresses - 1)
    if match is None or not 1 <= int(match[1]) <= last:
        counted = f'or "+1" to "+{last}" within {network}' if last else f"{network} is only one"
        expected = f"an address, {counted}"
        problems.add(item.value_spot(field), expected, quoted(value), in_site(site))
        item[field] = REFUSED
        return
    item[field] = str(network[int(match[1])])


def in_site(site: Map) -> str:
    """Return a hint that names the site, for what may stand in a profile of many."""
    return f"in site {site.get('id')}"


def _complete_ids(site: Map) -> None:
    """Put the site's id in front of the ids of its items, and of references within the site."""
    prefix = site.get("id")
    if not isinstance(prefix, str):
        return
    for name in ITEM_LISTS:
        reference = LOCAL_REFERENCES.get(name)
        for item in maps_of(site, name):
            if isinstance(item.get("id"), str):
                item["id"] = f"{prefix}/{item['id']}"
            if reference is not None:
                target = item.get(reference)
                if isinstance(target, str) and "/" not in target:
                    item[reference] = f"{prefix}/{target}"
