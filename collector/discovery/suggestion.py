"""One proposal for the inventory, as `collector.discovery.suggest` makes them."""

import msgspec

from inventory.editing.put import Plain, Put


class Suggestion(msgspec.Struct, frozen=True):
    """One proposal. `id` stays the same from day to day; `edits` are what accepting it writes.

    `reason` says in Vietnamese from what it follows; `command` is what to run instead where the
    inventory is not what has to change (an agent to approve or to rename), empty otherwise. With
    neither it is a note: inventory and reality disagree, and a person has to look which is right.
    """

    id: str
    site: str
    title: str
    reason: str
    edits: tuple[Put, ...] = ()
    command: str = ""


def item_puts(site: str, items: str, item: str, fields: dict[str, Plain]) -> tuple[Put, ...]:
    """Return the edits that give an item of a site's list these fields; `item` is its short id."""
    return tuple(
        Put(kind="sites", record=site, items=items, item=item, field=name, value=value)
        for name, value in fields.items()
    )
