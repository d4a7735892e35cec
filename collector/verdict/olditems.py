"""Status of links, conference points, services and machines, and what is wrong with them. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from collector.series.state import fresh_seconds
from collector.verdict.lastseen import Evidence, Sign, View
from collector.verdict.verdicts import Condition, ItemKind, ItemVerdict, SiteVerdict
from inventory.model import (
    ConferencePoint,
    Inventory,
    Item,
    Lifecycle,
    Link,
    Machine,
    MachineRole,
    Service,
    Site,
)

CERTIFICATE_SECONDS: Final = 14 * 86_400
"""A certificate that ends sooner must be renewed now."""
CLOCK_SECONDS: Final = 300.0
"""A clock further off breaks logons and certificates."""
DROPPING_SECONDS: Final = 3_600.0
"""For so long after the last dropped report an agent counts as dropping."""

_Item = TypeVar("_Item", bound=Item)


class Scene:
    """What is judged, at one moment (`now`, Unix seconds); `before` are the former verdicts."""

    def __init__(
        self, inventory: Inventory, evidence: Evidence, now: float, before: dict[str, ItemVerdict]
    ) -> None:
        self.inventory = inventory
        self.evidence = evidence
        self.now = now
        self.centre = inventory.province.centre
        self.interval_seconds = inventory.report_interval_seconds
        self._before = before

    def views(self, target: str, interval_seconds: float | None = None) -> list[View]:
        """Return the views of a target that tell the present."""
        interval = self.interval_seconds if interval_seconds is None else interval_seconds
        return self.evidence.fresh_views(target, self.now, interval)

    def centre_views(self, target: str) -> list[View]:
        """Return what the centre's agents see of a target at present."""
        return [view for view in self.views(target) if view.site == self.centre]

    def unseen(self, item: str, seen_before: object, watched_since: float) -> str:
        """Return the status of what nobody sees at present; in the first intervals the former."""
        if self.starting(watched_since):
            return held(self._before.get(item))
        return "unknown" if seen_before else "never_seen"

    def starting(self, watched_since: float) -> bool:
        """Whether silence says nothing yet: watched for less than three intervals.

        What happened while the collector did not run is nobody's silence.
        """
        since = max(watched_since, self.evidence.started_at)
        return self.now - since <= fresh_seconds(self.interval_seconds)

    def verdict(self, item: str, site: str, status: str, kind: ItemKind) -> ItemVerdict:
        """Return an item's verdict: the former one as long as nothing changed."""
        former = self._before.get(item)
        if former is not None and former.status == status and former.site == site:
            return former
        return ItemVerdict(item, site, status, self.now, kind)


def held(former: SiteVerdict | ItemVerdict | None) -> str:
    """Return the status while silence says nothing yet: the former one, if that was judged."""
    return "unknown" if former is None or former.status == "exempt" else former.status


def judge_items(scene: Scene, sites: dict[str, SiteVerdict]) -> dict[str, ItemVerdict]:
    """Return the verdict of every item of the given sites, and of every service, by id."""
    verdicts = {}
    for site_id, verdict in sites.items():
        site = scene.inventory.sites[site_id]
        for link in _judged(site.links):
            status = _link(scene, link, verdict)
            verdicts[link.id] = scene.verdict(link.id, site_id, status, ItemKind.LINK)
        for point in _judged(site.conference_points):
            status = _point(scene, point, verdict)
            verdicts[point.id] = scene.verdict(point.id, site_id, status, ItemKind.POINT)
        for machine, status in _machines(scene, site, verdict):
            verdicts[machine] = scene.verdict(machine, site_id, status, ItemKind.MACHINE)
    for service in _judged(scene.inventory.services.values()):
        status = _service(scene, service)
        site_id = service.site or scene.centre
        verdicts[service.id] = scene.verdict(service.id, site_id, status, ItemKind.SERVICE)
    return verdicts


def conditions(scene: Scene) -> frozenset[Condition]:
    """Return what is wrong with items that still work."""
    return frozenset((*_machine_conditions(scene), *_certificates(scene)))


def _judged(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield the items that should exist now."""
    return (item for item in items if item.lifecycle in (Lifecycle.ACTIVE, Lifecycle.EXEMPT))


def _link(scene: Scene, link: Link, site: SiteVerdict) -> str:
    """Judge a circuit from both ends; what one end reaches works, at least in part."""
    if link.lifecycle is Lifecycle.EXEMPT:
        return "exempt"
    views = scene.views(link.id)
    centre = [v.answers["site"] for v in views if v.site == scene.centre and "site" in v.answers]
    own = [v.answers["far"] for v in views if v.site == site.site and "far" in v.answers]
    if any(centre):
        return "degraded" if own and not any(own) else "up"
    if any(own):
        return "up"  # The centre's target at the site is silent, the circuit is not.
    if own or (centre and site.status == "down"):
        return "down"
    if centre:
        # Its agents come through, by this circuit or by another: that nothing works is not shown.
        return "degraded" if site.status in ("up", "degraded") else "unknown"
    return scene.unseen(link.id, scene.evidence.views.get(link.id), site.watched_since)


def _point(scene: Scene, point: ConferencePoint, site: SiteVerdict) -> str:
    """Judge a conference point: any protocol, seen by anyone, is enough."""
    if point.lifecycle is Lifecycle.EXEMPT:
        return "exempt"
    views = scene.views(point.id)
    if any(True in view.answers.values() for view in views):
        return "up"
    if site.status == "down":
        return "unreachable"
    if views:
        return "down"
    return scene.unseen(point.id, scene.evidence.views.get(point.id), site.watched_since)


def _service(scene: Scene, service: Service) -> str:
    """Judge a service: only the centre sees it down; where only sites fail, it is degraded.

    A site that fails may have lost its own line, and does not speak for the others.
    """
    if service.lifecycle is Lifecycle.EXEMPT:
        return "exempt"
    views = scene.views(service.id, service.interval_seconds)
    centre = [True in view.answers.values() for view in views if view.site == scene.centre]
    others = [True in view.answers.values() for view in views if view.site != scene.centre]
    if not centre and not others:
        seen_before = scene.evidence.views.get(service.id)
        return scene.unseen(service.id, seen_before, scene.evidence.started_at)
    if centre and not any(centre):
        return "down"
    return "up" if all(centre) and all(others) else "degraded"


def _machines(scene: Scene, site: Site, verdict: SiteVerdict) -> Iterator[tuple[str, str]]:
    """Yield (machine id, status) of the machines declared one by one and of those heard."""
    signs = scene.evidence.signs.get(site.id, {})
    declared = set()
    for machine in site.machines:
        declared.add(machine.id)
        if machine.lifecycle is Lifecycle.EXEMPT:
            yield machine.id, "exempt"
        elif machine.lifecycle is Lifecycle.ACTIVE or machine.id in signs:
            always = expected_always(scene.inventory, machine)
            sign = signs.get(machine.id)
            yield machine.id, _machine(scene, machine.id, sign, verdict, always=always)
    for machine_id, sign in signs.items():
        if machine_id not in declared:
            yield machine_id, _machine(scene, machine_id, sign, verdict, always=False)


def expected_always(inventory: Inventory, machine: Machine) -> bool:
    """Whether silence of the machine means that something is wrong, at any hour."""
    profile = inventory.machine_profiles.get(machine.profile)
    return machine.always_on or (profile is not None and profile.role is MachineRole.SERVER)


def _machine(
    scene: Scene, machine: str, sign: Sign | None, site: SiteVerdict, *, always: bool
) -> str:
    """Judge a machine by its own sign of life and by what the centre sees, if it is always on.

    A PC that is silent may be switched off; what is always on, and a server, may not.
    """
    if sign is not None and sign.fresh(scene.now):
        return "up"
    seen = scene.centre_views(machine)
    if any(True in view.answers.values() for view in seen):
        return "up"
    unheard = sign is None and not seen
    if unheard or not always or scene.starting(site.watched_since):
        seen_before = sign is not None or machine in scene.evidence.views
        return scene.unseen(machine, seen_before, site.watched_since)
    return "unreachable" if site.status == "down" else "down"


def _machine_conditions(scene: Scene) -> Iterator[Condition]:
    """Yield the conditions of the machines that are heard and should exist now."""
    now = scene.now
    for site in scene.inventory.sites.values():
        if site.lifecycle is not Lifecycle.ACTIVE:
            continue
        unjudged = {m.id for m in site.machines if m.lifecycle is not Lifecycle.ACTIVE}
        for sign in scene.evidence.signs.get(site.id, {}).values():
            if not sign.fresh(now) or sign.machine in unjudged:
                continue
            if sign.disk_full:
                yield Condition(sign.site, sign.machine, "disk_full")
            if abs(sign.skew_seconds) > CLOCK_SECONDS:
                yield Condition(sign.site, sign.machine, "clock_wrong")
            if now - sign.dropped_at <= DROPPING_SECONDS:
                yield Condition(sign.site, sign.machine, "spool_dropping")


def _certificates(scene: Scene) -> Iterator[Condition]:
    inventory = scene.inventory
    for site in inventory.sites.values():
        for point in site.conference_points:
            if _ends_soon(scene, scene.views(point.id)):
                yield Condition(site.id, point.id, "certificate_expiring")
    for service in inventory.services.values():
        if _ends_soon(scene, scene.views(service.id, service.interval_seconds)):
            site_id = service.site or scene.centre
            yield Condition(site_id, service.id, "certificate_expiring")


def _ends_soon(scene: Scene, views: Iterable[View]) -> bool:
    latest = scene.now + CERTIFICATE_SECONDS
    return any(
        view.certificate_expires_at is not None and view.certificate_expires_at < latest
        for view in views
    )
