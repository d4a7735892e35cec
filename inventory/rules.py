"""What the types cannot say about single records: each rule is one short function.

Works on located data, so that one wrong field hides no other mistake.
"""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from inventory.doubt import is_in_doubt, may_lack
from inventory.located import Map
from inventory.model import Device, Machine, Record, plain_mac
from inventory.problems import Problems, quoted
from inventory.profiles import ITEM_LISTS, maps_of
from inventory.rules_asking import check_device, check_point

MACHINE_MARKS = ("asset_tag", "serial", "mac")
"""An agent is recognised by these, so no two machines may share one."""

_ALWAYS_ON: Mapping[str, type[Record]] = {"devices": Device, "machines": Machine}


def check_site_items(site: Map, problems: Problems) -> None:
    """Check the items of a site against the rules below.

    All of them ask for what is missing: it may be what a mistake in the site hides.
    """
    if is_in_doubt(site):
        return
    check_exempt(site, problems)
    check_coordinates(site, problems)
    for name in ITEM_LISTS:
        for item in maps_of(site, name):
            check_exempt(item, problems)
            is_complete = name not in _ALWAYS_ON or not may_lack(item, _ALWAYS_ON[name])
            if item.get("always_on") is True and item.get("address") is None and is_complete:
                spot = item.value_spot("always_on")
                problems.add(spot, "an address of what is always on", "none")
    for count in maps_of(site, "machine_counts"):
        if count.get("exempt") is True and not count.get("exempt_reason"):
            spot = count.spot().field("exempt_reason")
            problems.add(spot, "the reason of the exemption", "nothing")
    for device in maps_of(site, "devices"):
        check_device(device, problems)
    for point in maps_of(site, "conference_points"):
        check_point(point, problems)


def check_exempt(item: Map, problems: Problems) -> None:
    """Report an exempt item without its reason.

    It leaves every denominator, so everyone may read why.
    """
    if item.get("lifecycle") == "exempt" and not item.get("exempt_reason"):
        spot = item.spot().field("exempt_reason")
        problems.add(spot, "the reason of the exemption", "nothing")


def check_coordinates(place: Map, problems: Problems) -> None:
    """Report a latitude without a longitude, or the other way round."""
    for one, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if place.get(one) is not None and place.get(other) is None:
            problems.add(place.spot().field(other), f"a {other} beside the {one}", "nothing")


def check_simple_id(record: Map, problems: Problems) -> None:
    """Only what belongs to a site has its id in front; other ids have no slash."""
    identity = record.get("id")
    if isinstance(identity, str) and "/" in identity:
        expected = "an id (a-z, 0-9, dot, hyphen, underscore)"
        problems.add(record.value_spot("id"), expected, quoted(identity))


def check_conference(conference: Map, problems: Problems) -> None:
    """Report a conference that invites nobody, or in two ways."""
    points = conference.get("points")
    invites_all = conference.get("all_points") is True
    if invites_all and points:
        spot = conference.key_spot("points").field("points")
        problems.add(spot, "either points or all_points", "both")
    elif not invites_all and not points:
        spot = conference.spot().field("points")
        problems.add(spot, "at least one conference point", "none")


def check_province(province: Map, problems: Problems) -> None:
    """Report a time zone that this machine does not know."""
    name = province.get("timezone")
    if isinstance(name, str) and not is_timezone(name):
        spot = province.value_spot("timezone")
        problems.add(spot, "a time zone like Asia/Ho_Chi_Minh", quoted(name))


def is_timezone(name: str) -> bool:
    """Return whether the system's time zone database has the name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def check_profile(profile: Map, forbidden: Iterable[str], problems: Problems) -> None:
    """Report fields in a profile of sites that belong to one site alone."""
    for field in forbidden:
        if field in profile:
            expected = "what several sites have in common"
            problems.add(profile.key_spot(field).field(field), expected, quoted(field))


def check_machine_marks(sites: Iterable[Map], problems: Problems) -> None:
    """Report asset tags, serial numbers and MAC addresses that two machines share."""
    seen: Mapping[str, dict[str, Map]] = {mark: {} for mark in MACHINE_MARKS}
    for site in sites:
        for machine in maps_of(site, "machines"):
            if machine.get("lifecycle") == "retired":
                continue  # A machine that moved stays on record where it was.
            for mark in MACHINE_MARKS:
                value = machine.get(mark)
                if not isinstance(value, str):
                    continue
                same = plain_mac(value) if mark == "mac" else value
                other = seen[mark].setdefault(same, machine)
                if other is not machine:
                    place = other.value_spot(mark).place
                    hint = f"first in {place.file}:{place.line}"
                    spot = machine.value_spot(mark)
                    problems.add(spot, f"each {mark} once", f"{quoted(value)} again", hint)
