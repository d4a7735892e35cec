"""Who measures for a site: its vantages, or another machine while they are off. Pure.

A vantage that is off for weeks would cost the site its links and conference points. So another
machine of the site stands in, and changes are slow: a night or a lunch break changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from collector.wire import AgentIdentity
from inventory.model import Inventory, Site

SILENT_SECONDS: Final = 24 * 3600.0
"""Who was not heard for so long has lost the duty, if another one can take it."""
HEARD_SECONDS: Final = 3600.0
"""Who was heard within this time can take it. An agent never heard is waited for as long."""

Duty = Mapping[str, tuple[AgentIdentity, ...]]
"""Site -> its agents that measure for it."""


def by_site(enrolled: Iterable[AgentIdentity]) -> dict[str, tuple[AgentIdentity, ...]]:
    """Return the agents of every site, by machine id."""
    sites: dict[str, list[AgentIdentity]] = {}
    for identity in sorted(enrolled, key=lambda identity: identity.machine):
        sites.setdefault(identity.site, []).append(identity)
    return {site: tuple(agents) for site, agents in sites.items()}


def marked(site: Site, agents: tuple[AgentIdentity, ...]) -> tuple[AgentIdentity, ...]:
    """Return those of the site's agents that the inventory marks as vantages."""
    wanted = {machine.id for machine in site.active_machines() if machine.vantage}
    return tuple(agent for agent in agents if agent.machine in wanted)


def assign(
    inventory: Inventory,
    enrolled: Iterable[AgentIdentity],
    before: Duty,
    heard_at: Callable[[AgentIdentity], float | None],
    *,
    since: float,
    now: float,
) -> dict[str, tuple[AgentIdentity, ...]]:
    """Return who measures for every site from now on. Times are Unix seconds.

    `before` is who does now, `heard_at` when an agent was last heard, None for never; `since` is
    when listening began. Per site:

    1. The marked vantages, if one of them is heard; on duty already, they stay for a day's silence.
    2. Else who is on duty, for a day's silence.
    3. Else the machine with the lowest id among those heard within the hour.
    4. Else nothing changes. At first the duty is the marked vantages', or the lowest machine's.
    """

    def heard(agent: AgentIdentity) -> bool:
        at = heard_at(agent)
        return at is not None and now - at <= HEARD_SECONDS

    def kept(agent: AgentIdentity) -> bool:
        at = heard_at(agent)
        return now - since <= HEARD_SECONDS if at is None else now - at <= SILENT_SECONDS

    duty = {}
    for site_id, agents in by_site(enrolled).items():
        site = inventory.sites.get(site_id)
        if site is None:
            continue
        proper = marked(site, agents)
        present = tuple(agent for agent in before.get(site_id, ()) if agent in agents)
        present = present or proper or agents[:1]
        if any(map(kept if present == proper else heard, proper)):
            duty[site_id] = proper
        elif any(map(kept, present)):
            duty[site_id] = present
        else:
            duty[site_id] = tuple(filter(heard, agents))[:1] or present
    return duty
