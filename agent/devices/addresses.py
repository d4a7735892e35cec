"""Who claims which IPv4 address: the ARP table of a router (ipNetToMediaTable, RFC 4293)."""

from collections.abc import Iterator, Mapping

from agent.devices.question import Question, Reader, Subject
from agent.devices.values import Answers, mac
from govnet.report import Sample

HARDWARE_ADDRESS = "1.3.6.1.2.1.4.22.1.2"

_IPV4_PIECES = 4
_NOBODY = ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")


def claims(answers: Answers) -> Mapping[str, frozenset[str]]:
    """Return the hardware addresses by the IPv4 address that they claim, on any interface."""
    found: dict[str, set[str]] = {}
    for index, value in answers.column(HARDWARE_ADDRESS).items():
        pieces = index.split(".")
        hardware = mac(value) if isinstance(value, bytes) else None
        if hardware is None or hardware in _NOBODY or len(pieces) <= _IPV4_PIECES:
            continue
        found.setdefault(".".join(pieces[-_IPV4_PIECES:]), set()).add(hardware)
    return {address: frozenset(owners) for address, owners in found.items()}


def read(answers: Answers, subject: Subject) -> Iterator[Sample]:
    """Yield the entries, and how many addresses have two owners now or had lately."""
    now = claims(answers)
    if not now:
        return
    entries = sum(map(len, now.values()))
    earlier = subject.earlier_claims
    doubles = sum(len(owners | earlier.get(each, frozenset())) > 1 for each, owners in now.items())
    yield Sample("govnet_device_arp_entries", float(entries))
    yield Sample("govnet_device_duplicate_addresses", float(doubles))


READER = Reader(
    (Question(HARDWARE_ADDRESS, slow=True),),
    ("govnet_device_arp_entries", "govnet_device_duplicate_addresses"),
    read,
)
