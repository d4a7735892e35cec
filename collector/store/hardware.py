"""Is this the machine that we know? A fingerprint compared with another, component by component.

Pure. A component that either side could not read says nothing. One that changed (a new disk) is
tolerated while another one still fits; anything else is another machine.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

Hardware = Mapping[str, str]
"""Digest of each component that could be read (`govnet.enrolment.HARDWARE`)."""
TOLERATED = 1
"""So many components may differ."""
SURE = 2
"""So many components must be equal to know a machine by them alone."""
_LASTING = "board"
"""The component that is the machine: another one may differ only while this one is the same."""

_encoder = msgspec.json.Encoder(order="sorted")


class Match(StrEnum):
    """What a comparison says."""

    SAME = "same"
    CHANGED = "changed"
    """The same machine; what is known of it needs to be brought up to date."""
    OTHER = "other"


def compare(known: Hardware, seen: Hardware) -> Match:
    """Compare what is known of a machine with what it says now."""
    if known == seen or not seen:
        return Match.SAME
    equal = different = added = 0
    for component, digest in seen.items():
        before = known.get(component)
        if before is None:
            added += 1
        elif before == digest:
            equal += 1
        else:
            different += 1
    if different and (different > TOLERATED or not equal):
        return Match.OTHER
    return Match.CHANGED if different or added else Match.SAME


def is_surely(known: Hardware, seen: Hardware) -> bool:
    """Whether both are one machine, judged by nothing else.

    A PC whose disk died is installed anew on another disk: that much may differ.
    """
    comparable = known.keys() & seen.keys()
    equal = {part for part in comparable if known[part] == seen[part]}
    different = len(comparable) - len(equal)
    return len(equal) >= SURE and (not different or (different <= TOLERATED and _LASTING in equal))


def fingerprint(hardware: Hardware) -> str:
    """Return one text per fingerprint, the same for equal ones."""
    return _encoder.encode(dict(hardware)).decode()


def parse(text: str) -> dict[str, str]:
    """Read the text that `fingerprint` wrote."""
    return msgspec.json.decode(text, type=dict[str, str])


def short(hardware: Hardware) -> str:
    """Return a fingerprint for people: `board 1a2b3c4d, disk ...`."""
    return ", ".join(f"{part} {digest}" for part, digest in sorted(hardware.items()))
