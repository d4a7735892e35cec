"""Which declared machine is it that an agent runs on? By what the machine shows of itself.

Pure. Only within one site, and only where nothing contradicts: marks that name two machines, or one
that has an agent already, bind to none.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import msgspec

from govnet.enrolment import component_digest
from inventory.model import Machine, Site, plain_mac

SERIAL_FACT: Final = "hardware.serial"
ASSET_TAG_FACT: Final = "hardware.asset_tag"
"""Keys of `govnet facts` by which a machine is known."""
_MAC = "mac"


class Marks(msgspec.Struct, frozen=True):
    """What a machine shows of itself; what it does not show is empty.

    `hardware` is its fingerprint (`govnet.enrolment.HARDWARE`); `hostname` counts where somebody
    put the machine up just now, later anybody may have renamed it.
    """

    hostname: str = ""
    hardware: Mapping[str, str] = {}
    serial: str = ""
    asset_tag: str = ""


def marks_of_facts(facts: Mapping[str, str], hardware: Mapping[str, str]) -> Marks:
    """Return the marks in what a machine told of itself, as text by key."""
    return Marks(
        hardware=hardware,
        serial=facts.get(SERIAL_FACT, ""),
        asset_tag=facts.get(ASSET_TAG_FACT, ""),
    )


def declared_machine(site: Site, marks: Marks, taken: Collection[str]) -> Machine | None:
    """Return the one machine in use that the marks name, unless it is one of those `taken`."""
    named = {one.id: one for one in site.active_machines() if any(_fits(one, marks))}
    if len(named) != 1:
        return None
    (found,) = named.values()
    return None if found.id in taken else found


def has_marks(site: Site) -> bool:
    """Whether a machine of the site can be known by its serial number, asset tag or address."""
    return any(one.serial or one.asset_tag or one.mac for one in site.active_machines())


def _fits(machine: Machine, marks: Marks) -> Iterator[bool]:
    within = machine.id.partition("/")[2]
    yield _is_same(marks.hostname, within) or _is_same(marks.hostname, machine.name)
    yield _is_same(marks.serial, machine.serial)
    yield _is_same(marks.asset_tag, machine.asset_tag)
    if machine.mac:
        yield component_digest(_MAC, plain_mac(machine.mac)) == marks.hardware.get(_MAC)


def _is_same(shown: str, declared: str | None) -> bool:
    """Whether both say the same, however they are written; nothing is not the same as nothing."""
    wanted = "".join(shown.split()).casefold()
    return bool(wanted) and wanted == "".join((declared or "").split()).casefold()
