"""What to do about agents: approve, rename, count. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from collector.discovery.known import clean, mac_of
from collector.discovery.sightings import AgentSeen, Sightings
from collector.discovery.suggestion import Suggestion, item_puts
from collector.siting import Siting, known_site
from inventory.editing.put import Plain, Put
from inventory.model import Inventory, Lifecycle, Machine, MachineRole, Site

SOURCE: Final = "số tác tử đã ghi danh"
"""The source of a count that follows the agents."""


def agent_suggestions(
    inventory: Inventory, sightings: Sightings, today: date
) -> Iterator[Suggestion]:
    """Yield everything about agents; `today` is the day of new counts."""
    siting = Siting(inventory)
    active = []
    for agent in sightings.agents:
        if agent.state == "pending":
            yield _approve(siting, agent)
        elif agent.state == "active" and agent.site in inventory.sites:
            active.append(agent)
            if agent.network_site and agent.network_site != agent.site:
                yield _elsewhere(agent)
    renamed = list(_renames(inventory, active))
    yield from renamed
    to_rename = Counter(one.site for one in renamed)
    for site, (declared, filled) in sightings.places.items():
        # Who is a declared machine fills no place of the number.
        more = filled - to_rename[site] - declared
        found = inventory.sites.get(site)
        if found is not None and found.lifecycle is Lifecycle.ACTIVE and more > 0:
            yield from _more(inventory, found, more, today)


def _approve(siting: Siting, agent: AgentSeen) -> Suggestion:
    """Return the command; where nobody knows the site, it has to be named."""
    site = known_site(siting, agent.proposed_site, agent.host) or ""
    name = clean(agent.hostname) or agent.agent
    command = f"govnet agents approve {agent.agent}"
    if site in siting.inventory.sites:
        by = "mã đã gõ" if agent.proposed_site else "địa chỉ mạng"
        reason = f"Máy chờ duyệt từ {agent.host}; {by} nói điểm {site}."
    else:
        by_network = siting.by_address(agent.host)
        said = f"mã đã gõ nói {agent.proposed_site}, mạng nói {by_network}"
        is_split = agent.proposed_site and by_network
        reason = f"Máy chờ duyệt từ {agent.host}; {said if is_split else 'chưa biết điểm nào'}."
        site, command = "", f"{command} --site MÃ-ĐIỂM"
    return Suggestion(f"agent:{agent.agent}", site, f"Duyệt máy {name}", reason, (), command)


def _elsewhere(agent: AgentSeen) -> Suggestion:
    reason = (
        f"Máy ghi danh ở điểm {agent.site} nhưng địa chỉ {agent.host} thuộc mạng của"
        f" {agent.network_site}. Nếu máy đã chuyển chỗ:"
        f" govnet agents move {agent.agent} {agent.network_site}"
    )
    within = agent.machine.partition("/")[2]
    title = f"Máy {within} có lẽ đang ở {agent.network_site}"
    return Suggestion(f"agent:{agent.agent}:elsewhere", agent.site, title, reason)


def _renames(inventory: Inventory, agents: Iterable[AgentSeen]) -> Iterator[Suggestion]:
    """Yield the agents that fill a place by number and are a machine declared by itself.

    Only where one agent and one machine agree: a serial that two have says nothing.
    """
    by_site: defaultdict[str, list[AgentSeen]] = defaultdict(list)
    for agent in agents:
        by_site[agent.site].append(agent)
    for site_id, there in by_site.items():
        site = inventory.sites[site_id]
        held = {agent.machine for agent in there}
        machines = [one for one in site.active_machines() if one.id not in held]
        declared = {one.id for one in site.machines}
        numbered = [one for one in there if one.machine not in declared]
        if not machines or not numbered:
            continue
        pairs = [
            (agent, machine, words)
            for agent in numbered
            for machine in machines
            if (words := _common(agent, machine))
        ]
        by_agent = Counter(agent.agent for agent, _, _ in pairs)
        by_machine = Counter(machine.id for _, machine, _ in pairs)
        for agent, machine, words in pairs:
            if by_agent[agent.agent] == 1 and by_machine[machine.id] == 1:
                within = machine.id.partition("/")[2]
                yield Suggestion(
                    f"agent:{agent.agent}:rename",
                    site.id,
                    f"Máy {agent.machine.partition('/')[2]} chính là {within} đã khai",
                    f"Cùng {words}.",
                    (),
                    f"govnet agents rename {agent.agent} {within}",
                )


def _common(agent: AgentSeen, machine: Machine) -> str:
    """Return in words by what an agent's machine and a declared one are the same."""
    found = []
    if (serial := clean(agent.serial).casefold()) and serial == _folded(machine.serial):
        found.append(f"số sê-ri {clean(agent.serial)}")
    if (tag := clean(agent.asset_tag).casefold()) and tag == _folded(machine.asset_tag):
        found.append(f"mã tài sản {clean(agent.asset_tag)}")
    if (mac := mac_of(agent.mac)) and mac == mac_of(machine.mac):
        found.append(f"địa chỉ MAC {mac}")
    return ", ".join(found)


def _folded(text: str | None) -> str:
    return clean(text or "").casefold()


def _more(inventory: Inventory, site: Site, more: int, today: date) -> Iterator[Suggestion]:
    """Yield a higher count of PCs.

    `pcs` overrides the site's first count, whichever list that stands in, so it is what is raised
    where the first count is of PCs; else the first count of PCs, or a new one.
    """
    counts = [one for one in site.machine_counts if not one.exempt]
    of_pcs = [one for one in counts if _is_pc(inventory, one.profile)]
    before = of_pcs[0].count if of_pcs else 0
    fields: dict[str, Plain] = {"count": before + more, "as_of": today, "source": SOURCE}
    if of_pcs and of_pcs[0] is site.machine_counts[0]:
        edits: tuple[Put, ...] = (Put(kind="sites", record=site.id, field="pcs", value=fields),)
    else:
        profile = of_pcs[0].profile if of_pcs else _profile(inventory)
        if profile is None or any(
            one.exempt and one.profile == profile for one in site.machine_counts
        ):
            # By its profile alone a count could not be told from the exempt one.
            return
        edits = item_puts(site.id, "machine_counts", profile, fields)
    yield Suggestion(
        f"{site.id}:count",
        site.id,
        f"Nâng số máy tính khai theo số lượng từ {before} lên {before + more}",
        f"Số máy đã ghi danh nhiều hơn số khai {more} máy.",
        edits,
    )


def _is_pc(inventory: Inventory, profile: str) -> bool:
    found = inventory.machine_profiles.get(profile)
    return found is not None and found.role is MachineRole.PC


def _profile(inventory: Inventory) -> str | None:
    """Return the profile of office PCs: `pc` if there is one, else the first by id."""
    pcs = sorted(one for one in inventory.machine_profiles if _is_pc(inventory, one))
    return "pc" if "pc" in pcs else next(iter(pcs), None)
