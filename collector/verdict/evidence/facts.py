"""What one report says about one target, as a small number: two bits for each fact.

A later check adds evidence by adding a fact, or by giving one of these under its own metric; the
verdict's rules ask for facts and never for metrics.
"""

from enum import IntEnum
from typing import Final

Word = int
"""Facts of one report about one target; 0 says nothing."""


class Fact(IntEnum):
    """What can be known; the value is its place in a word."""

    ANSWERED = 0
    """The target answered whoever looked, by any protocol."""
    GATEWAY = 1
    """The site's own router answered."""
    NEXT_HOP = 2
    """The carrier's first hop beyond it answered."""
    FAR = 3
    """The centre's end of the circuit answered."""
    PEERS = 4
    """A neighbour in the same office was seen."""
    CABLE = 5
    """Some network adapter has carrier; of notifications: the last told of a port was that it is
    up."""
    MAINS = 6
    """The mains supply power; no: on battery."""
    RESOLVERS = 7
    """A name server answered."""
    LIVE = 8
    """The report came before the next one was due; no: it had waited for a way to the centre."""
    DEDICATED = 9
    """It came by the dedicated network; no: by a relay on the Internet."""
    LIGHT = 10
    """Every optical module of the device sees light; no: one of them says that there is none."""


_MASK: Final = 3
_NO: Final = 1
_YES: Final = 2


def with_fact(word: Word, fact: Fact, value: bool) -> Word:  # noqa: FBT001 - it is the fact's value
    """Return the word with that fact set."""
    shift = 2 * fact
    return (word & ~(_MASK << shift)) | ((_YES if value else _NO) << shift)


def says(word: Word, fact: Fact) -> bool | None:
    """Return what a word says of a fact, None for nothing."""
    bits = (word >> (2 * fact)) & _MASK
    return None if bits == 0 else bits == _YES
