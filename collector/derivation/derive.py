"""From the inventory and who is enrolled to what every agent is told. Pure, deterministic.

- Every agent measures its machine and, where the building has one, the LAN around it.
- A site's *vantage* also measures the site's links, its conference points, and the services that
  are tested from the sites. Vantages are the enrolled machines so marked in the inventory, or who
  stands in for them (`collector.derivation.vantage`). The others leave the line in peace.
- Devices are measured by the first vantage, and by the next one while it is off
  (`collector.derivation.derive_devices`).
- A machine with a software point also tests the service that the point uses.
- The centre's vantages (chosen alike among the machines of the province's centre) also ask
  everything that is always on at any site, and measure every site's links from the centre, every
  conference point, every service, every registrar, and the devices of sites without agents; the
  first of them receives notifications. Whose machine is the reflector answers test packets.

Equal inputs give equal settings, so their digest changes only when something is to be done
differently. Starts are spread over the interval by the agent's runner.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice

from collector.derivation import credentials as credentials_of
from collector.derivation.credentials import Credentials
from collector.derivation.derive_devices import chain as chain_of
from collector.derivation.derive_devices import devices, in_turn, preceding, traps
from collector.derivation.derive_lan import peers_of, resolver_name
from collector.derivation.derive_links import always_on, centre_links, site_links
from collector.derivation.derive_path import path, reflector
from collector.derivation.derive_points import (
    conference_points,
    platforms,
    registrars,
    service,
)
from collector.derivation.timing import (
    LEAST_SPACING_SECONDS,
    LEAST_TIMEOUT_SECONDS,
    deadline,
)
from collector.derivation.vantage import Duty, by_site, marked
from collector.wire import AgentIdentity
from govnet.settings import (
    MAX_CHECKS,
    MAX_WORKERS,
    AlwaysOnSettings,
    CheckAgain,
    CheckSettings,
    DeviceSettings,
    FactsSettings,
    LanSettings,
    LinkSettings,
    MachineSettings,
    Settings,
    digest,
    encode,
    workers_needed,
)
from inventory.model import Inventory, Lan, Lifecycle, Site, Vantages

DEVICE_WORKERS = MAX_WORKERS / 4
"""Threads that devices have at least, if they need them, before all other checks give way too."""


class Derivation:
    """Settings of all agents for one inventory, one set of enrolled agents, and their duties.

    `ca_pem` are the certificates by which agents shall trust the collector, "" without TLS.
    Where `duty` names nobody who is enrolled, the marked vantages measure, or the lowest machine.
    Computed and encoded when first asked for, then kept; `renew` says who replaces its key,
    `check_again` which sites are looked at once more.
    """

    def __init__(
        self,
        inventory: Inventory,
        enrolled: Iterable[AgentIdentity],
        duty: Duty | None = None,
        ca_pem: str = "",
        *,
        credentials: Credentials = credentials_of.NONE,
    ) -> None:
        self._inventory = inventory
        self._ca_pem = ca_pem
        self._credentials = credentials
        self._by_site = by_site(enrolled)
        self._duty = {
            site: tuple(agent for agent in (duty or {}).get(site, ()) if agent in agents)
            or marked(inventory.sites[site], agents)
            or agents[:1]
            for site, agents in self._by_site.items()
            if site in inventory.sites
        }
        self._vantages = {site: self._trusted(site) for site in self._duty}
        """Who is given a site's secrets."""
        self._chains = {
            site: chain_of(inventory.sites[site], vantages)
            for site, vantages in self._vantages.items()
        }
        """Who measures the devices of a site, first who does; nobody where the centre does."""
        self._resolver_name = resolver_name(inventory)
        self._renew: Mapping[str, str] = {}
        self._encoded: dict[AgentIdentity, tuple[bytes, str]] = {}
        self._again: tuple[CheckAgain, ...] = ()
        self._again_of: dict[AgentIdentity, tuple[CheckAgain, ...]] = {}
        self._encoded_again: dict[AgentIdentity, tuple[bytes, str]] = {}
        """With `check_again`; the others are kept meanwhile."""
        self._looks: dict[str, dict[AgentIdentity, tuple[CheckSettings, ...]]] = {}
        self._kept_checks: dict[AgentIdentity, tuple[CheckSettings, ...]] = {}
        """Of those who look at a site of `_looks`."""

    def _trusted(self, site: str) -> tuple[AgentIdentity, ...]:
        """Return the marked vantages of a site, if one of them is on duty; in the centre who is.

        Whoever stands in where none is marked, or while all are off for a day, measures only what
        needs no secret.
        """
        duty = self._duty[site]
        vantages = marked(self._inventory.sites[site], self._by_site[site])
        if any(agent in duty for agent in vantages):
            return vantages
        return duty if site == self._inventory.province.centre else ()

    def renew(self, keys: Mapping[str, str]) -> None:
        """Tell exactly these agents to replace that key of theirs; others keep their settings."""
        if keys == self._renew:
            return
        changed = {agent for agent, _ in keys.items() ^ self._renew.items()}
        self._renew = keys
        self._encoded = {
            identity: known
            for identity, known in self._encoded.items()
            if identity.agent not in changed
        }
        self._encoded_again = {}

    def check_again(self, asked: tuple[CheckAgain, ...]) -> None:
        """Tell exactly those who look at these sites to do so; others keep their settings."""
        if asked == self._again:
            return
        self._again = asked
        told: dict[AgentIdentity, tuple[CheckAgain, ...]] = {}
        for each in asked:
            for identity in self.looks(each.site):
                told[identity] = (*told.get(identity, ()), each)
        self._encoded_again = {
            identity: known
            for identity, known in self._encoded_again.items()
            if told.get(identity) == self._again_of.get(identity)
        }
        self._again_of = told

    def looks(self, site: str) -> Mapping[AgentIdentity, tuple[CheckSettings, ...]]:
        """Return who looks at a site, each with the checks that are run once more for it.

        They are those on duty there, its chain for devices, and the centre's.
        """
        found = self._looks.get(site)
        if found is None:
            asked, centre = CheckAgain(id="", site=site), self._inventory.province.centre
            agents = dict.fromkeys(
                agent
                for home in (site, centre)
                for agent in (*self._duty.get(home, ()), *self._chains.get(home, ()))
            )
            found = {
                agent: checks
                for agent in agents
                if (
                    checks := tuple(
                        each
                        for each in self._checks_of(agent)
                        if asked.covers(agent.site, each.check, each.target)
                    )
                )
            }
            self._looks[site] = found
        return found

    def _checks_of(self, identity: AgentIdentity) -> tuple[CheckSettings, ...]:
        found = self._kept_checks.get(identity)
        if found is None:
            found = _in_time(tuple(islice(self._checks(identity), MAX_CHECKS)))
            self._kept_checks[identity] = found
        return found

    def encoded(self, identity: AgentIdentity) -> bytes:
        """Return the agent's settings as they travel."""
        return self._known(identity)[0]

    def digest(self, identity: AgentIdentity) -> str:
        """Return the digest under which the agent's settings are known."""
        return self._known(identity)[1]

    def _known(self, identity: AgentIdentity) -> tuple[bytes, str]:
        again = self._again_of.get(identity)
        encoded = self._encoded if again is None else self._encoded_again
        found = encoded.get(identity)
        if found is None:
            body = encode(self.settings(identity))
            found = encoded[identity] = (body, digest(body))
        return found

    def settings(self, identity: AgentIdentity) -> Settings:
        """Return what the agent is told."""
        return Settings(
            agent=identity.agent,
            site=identity.site,
            machine=identity.machine,
            report_interval_seconds=self._inventory.report_interval_seconds,
            ca_pem=self._ca_pem,
            renew_key=self._renew.get(identity.agent, ""),
            send_bytes_per_hour=self._share_of_the_line(identity.site),
            check_again=self._again_of.get(identity, ()),
            checks=(
                self._kept_checks.get(identity)
                or _in_time(tuple(islice(self._checks(identity), MAX_CHECKS)))
            ),
        )

    def _share_of_the_line(self, site_id: str) -> int | None:
        """Return what an agent of the site may send in an hour: all have the same share."""
        site = self._inventory.sites.get(site_id)
        if site is None or site.report_bytes_per_hour is None:
            return None
        return max(1, site.report_bytes_per_hour // max(1, len(self._by_site.get(site_id, ()))))

    def _checks(self, identity: AgentIdentity) -> Iterator[CheckSettings]:
        """Yield what the agent measures, what matters most first: there is a most (MAX_CHECKS)."""
        inventory = self._inventory
        site = inventory.sites.get(identity.site)
        interval = inventory.report_interval_seconds
        yield MachineSettings(
            target=identity.machine, interval_seconds=interval, timeout_seconds=deadline(interval)
        )
        if site is not None:
            if site.lan is not Lan.NONE:
                yield LanSettings(
                    target=identity.machine,
                    peers=peers_of(site, identity, self._by_site.get(site.id, ())),
                    resolver_name=self._resolver_name,
                    interval_seconds=interval,
                    timeout_seconds=deadline(interval),
                )
            yield from self._of_site(identity, site)
        yield FactsSettings(target=identity.machine)
        if site is not None:
            yield from self._of_devices(identity, site)

    def _of_site(self, identity: AgentIdentity, site: Site) -> Iterator[CheckSettings]:
        """Yield what the agent measures for its site, or for all as one of the centre's."""
        inventory, credentials = self._inventory, self._credentials
        interval = inventory.report_interval_seconds
        is_centre = site.id == inventory.province.centre
        is_on_duty = identity in self._duty.get(site.id, ())
        if is_centre:
            yield from reflector(inventory, identity, chain.from_iterable(self._by_site.values()))
        if is_on_duty:
            yield from site_links(site, interval)
            yield from path(
                inventory,
                site,
                may_test=identity == (self._chains[site.id] or self._duty[site.id])[0],
            )
        if is_on_duty and is_centre:
            for other in inventory.sites.values():
                if other.lifecycle is Lifecycle.ACTIVE:
                    yield from always_on(other, interval)
                    yield from centre_links(other, interval)
                    yield from conference_points(other, interval, credentials)
            yield from registrars(inventory, credentials)
        elif is_on_duty:
            trusted = identity in self._vantages[site.id]
            known = credentials if trusted else credentials_of.NONE
            yield from conference_points(site, interval, known)
        used = {one.id for one in platforms(inventory, site, identity.machine)}
        for one in inventory.services.values():
            is_tested = is_on_duty and (is_centre or one.vantages is Vantages.SITES)
            if (is_tested or one.id in used) and one.lifecycle is Lifecycle.ACTIVE:
                yield service(one)

    def _measures_its_devices(self, site: Site) -> bool:
        """Whether somebody in a site can: without a LAN its machines reach their router alone."""
        is_centre = site.id == self._inventory.province.centre
        return bool(self._chains.get(site.id)) and (is_centre or site.lan is not Lan.NONE)

    def _of_devices(self, identity: AgentIdentity, site: Site) -> Iterator[CheckSettings]:
        """Yield which devices the agent measures, or stands by for."""
        credentials = self._credentials
        interval = self._inventory.report_interval_seconds
        agents = self._chains.get(site.id, ())
        before = preceding(site, agents, identity)
        if before is None:
            return
        if self._measures_its_devices(site):
            yield from devices(site, interval, credentials, before)
        if site.id != self._inventory.province.centre:
            return
        for other in self._inventory.sites.values():
            if other.lifecycle is not Lifecycle.ACTIVE:
                continue
            if other is not site and not self._measures_its_devices(other):
                order = in_turn(site, agents, other.id)
                standing_by_for = preceding(site, order, identity) or ()
                yield from devices(other, interval, credentials, standing_by_for)
            if identity == agents[0]:
                yield from traps(other, interval, credentials)


def _in_time(checks: tuple[CheckSettings, ...]) -> tuple[CheckSettings, ...]:
    """Shorten the time of checks where the agent's threads would not suffice for them.

    So a round of checks that all end in silence fits into an interval, however many there are.
    Devices give way first, down to `DEVICE_WORKERS`; then all alike.
    """
    devices = tuple(check for check in checks if isinstance(check, DeviceSettings))
    others = workers_needed(checks) - workers_needed(devices)
    room = max(MAX_WORKERS - others, DEVICE_WORKERS)
    share = min(room / max(workers_needed(devices), room), 1.0)
    if share < 1:
        checks = tuple(
            _shortened(check, share) if isinstance(check, DeviceSettings) else check
            for check in checks
        )
    share = MAX_WORKERS / max(workers_needed(checks), MAX_WORKERS)
    return checks if share == 1 else tuple(_shortened(check, share) for check in checks)


def _shortened(check: CheckSettings, share: float) -> CheckSettings:
    timeout_seconds = math.floor(check.timeout_seconds * share * 1000) / 1000
    timeout_seconds = max(timeout_seconds, LEAST_TIMEOUT_SECONDS)
    if isinstance(check, LinkSettings | AlwaysOnSettings):
        spacing_seconds = max(round(check.spacing_seconds * share, 6), LEAST_SPACING_SECONDS)
        return replace(check, timeout_seconds=timeout_seconds, spacing_seconds=spacing_seconds)
    return replace(check, timeout_seconds=timeout_seconds)
