"""Rows for the inventory, proposed from what was seen. Pure; nothing is written here.

1. A declared device answered, or a router knows its MAC address: what the inventory lacks of it.
   Where both say something and differ, that is a note.
2. An undeclared neighbour by LLDP: a device. Stations are not proposed one by one: nothing says
   what they are.
3. A site without anything that is always on, where a router or switch lives: that one.
4. Agents: to approve, to rename to the declared machine that they are, more of them than the site
   declares. An agent whose network is another site's is a note.

What is proposed collides with nothing that is declared; what would collide is not proposed.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from collector.discovery.known import Known
from collector.discovery.sightings import Sightings
from collector.discovery.strangers import seen_at
from collector.discovery.suggest_agents import agent_suggestions
from collector.discovery.suggest_devices import device_suggestions
from collector.discovery.suggest_facts import fact_suggestions
from collector.discovery.suggestion import Suggestion
from inventory.model import Inventory, Lifecycle

__all__ = ["Suggestion", "suggest"]


def suggest(inventory: Inventory, sightings: Sightings) -> tuple[Suggestion, ...]:
    """Return what may be accepted, by site; agents whose site nobody knows come first."""
    known = Known(inventory, sightings)
    today = datetime.fromtimestamp(sightings.as_of, ZoneInfo(inventory.province.timezone)).date()
    found: list[Suggestion] = []
    for site, seen in seen_at(sightings).items():
        here = known.sites.get(site)
        if here is not None and here.site.lifecycle is Lifecycle.ACTIVE:
            found += fact_suggestions(known, here, seen)
            found += device_suggestions(known, here, seen, inventory.province.centre)
    found += agent_suggestions(inventory, sightings, today)
    return tuple(sorted(found, key=lambda one: (one.site, one.id)))
