"""Who devices are and what they see around them, as the agent that measures them told it last.

What arrives late changes nothing that is newer. A device that leaves the inventory is forgotten.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from collector.store.database import Store, batches
from collector.store.machine_facts import Told
from collector.store.tables import device_facts

_texts = msgspec.json.Decoder(dict[str, str])


def save_devices(store: Store, told: Iterable[Told]) -> None:
    """Make these the facts of their devices, except where newer ones are known."""
    with store.write() as connection:
        for one in told:
            values = {
                "agent": one.agent,
                "at": one.at,
                "facts": msgspec.json.encode(dict(one.facts)).decode(),
            }
            connection.execute(
                insert(device_facts)
                .values(device=one.subject, **values)
                .on_conflict_do_update(
                    index_elements=["device"], set_=values, where=device_facts.c.at <= one.at
                )
            )


def told_of_devices(store: Store) -> list[Told]:
    """Return what is known of every device, by its id."""
    with store.read() as connection:
        rows = connection.execute(select(device_facts).order_by(device_facts.c.device)).all()
    return [Told(row.device, row.agent, row.at, _texts.decode(row.facts)) for row in rows]


def told_of_some(store: Store, wanted: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return what is known of those devices, as text by key, by their full ids."""
    found: dict[str, dict[str, str]] = {}
    with store.read() as connection:
        for some in batches(wanted):
            query = select(device_facts.c.device, device_facts.c.facts).where(
                device_facts.c.device.in_(some)
            )
            found.update(
                (row.device, _texts.decode(row.facts)) for row in connection.execute(query)
            )
    return found


def forget_devices(store: Store, but: Collection[str]) -> None:
    """Forget every device that is not among these ids."""
    with store.read() as connection:
        known = connection.execute(select(device_facts.c.device)).scalars().all()
    gone = [device for device in known if device not in but]
    if gone:
        with store.write() as connection:
            for device in gone:
                connection.execute(delete(device_facts).where(device_facts.c.device == device))
