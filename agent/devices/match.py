"""Which profile fits a device, by what it says of itself."""

from collections.abc import Mapping

from agent.devices.profile import GENERIC, Profile


def best(
    profiles: Mapping[str, Profile], object_id: str, description: str, kind: str = ""
) -> Profile | None:
    """Return the profile that fits best, None if only the generic one would do.

    1. the longest object id that the device's is, or is below
    2. one that also asks for a description
    3. one of the device's kind (a word of the inventory)
    4. the first name
    """
    ranked = [
        (-len(prefix.split(".")) if prefix else 0, not described, kind not in each.kinds, name)
        for name, each in profiles.items()
        if name != GENERIC
        for prefix, described in _fits(each, object_id, description)
    ]
    return profiles[min(ranked)[-1]] if ranked else None


def _fits(profile: Profile, object_id: str, description: str) -> list[tuple[str, bool]]:
    """Return the object ids by which the profile fits, each with whether the text was asked too."""
    match = profile.match
    if match is None:
        return []
    described = match.description is not None
    if match.description is not None and not match.description.search(description):
        return []
    if not match.object_ids:
        return [("", described)]
    return [(each, described) for each in match.object_ids if is_below(object_id, each)]


def is_below(oid: str, prefix: str) -> bool:
    """Tell whether an OID is `prefix` or below it.

    >>> is_below("1.3.6.1.4.1.2011.2.23", "1.3.6.1.4.1.2011"), is_below("1.3.6.1.41", "1.3.6.1.4")
    (True, False)
    """
    return oid == prefix or oid.startswith(f"{prefix}.")
