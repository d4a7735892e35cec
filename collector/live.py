"""The live view of one collector: what every report changes, and what the pages and paths read.

Wires the pure parts together: state, evidence, verdicts, coverage, settings. Does no I/O and
reads no clock; used from one event loop.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from collector.alerts.told import Teller
from collector.alerts.trial import Trials
from collector.derivation import credentials as credentials_of
from collector.derivation.credentials import Credentials
from collector.derivation.derive import Derivation
from collector.derivation.vantage import Duty, assign
from collector.discovery import counted as counted_of
from collector.discovery.differences import Differences
from collector.facts import OF_DEVICES, OF_MACHINES, FactsTold, told_in
from collector.intake.checkpoint import LastReport
from collector.maintenance.records import Entry
from collector.metrics.discovery import assign_shards
from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.readiness.board import Rows
from collector.readiness.readings import Readings
from collector.readiness.sight import Sight, sight_of
from collector.rechecks import Asked, Rechecks, is_answered, lookers
from collector.series.labels import Targets
from collector.series.state import AgentLive, State
from collector.store.registry import Registry
from collector.verdict import coverage as coverage_of
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.judge import Judge
from collector.verdict.outages.book import OutageBook
from collector.verdict.spans import Span
from collector.wire import AgentIdentity, Received
from govnet.errors import WireError
from inventory.calendar import Window
from inventory.model import Inventory

PATIENCE_SECONDS: Final = 60.0
"""An agent that says it reports this often is believed, whatever was ordered: it may not have its
settings yet (`govnet.settings.Settings.report_interval_seconds`)."""
ASSIGN_SECONDS: Final = 60.0
"""How often it is looked whether a site's vantage is still there."""


class Live:
    """Everything that is known now.

    `inventory`, `derivation` and `coverage` are replaced as wholes, so whoever took one may go on
    reading it; the tables of `verdicts` go on with each judgement and are read at once; `registry`
    is brought up to date by its owner. Times are Unix seconds.
    """

    def __init__(
        self,
        inventory: Inventory,
        registry: Registry,
        shards: Mapping[str, int],
        metrics: SelfMetrics,
        now: float,
        *,
        book: OutageBook | None = None,
        spans: Iterable[Span] = (),
        ca_pem: str = "",
        key_days: float = 365.0,
        credentials: Credentials = credentials_of.NONE,
    ) -> None:
        """Start at `now`; `book` and `spans` were judged before a restart, and stand until `judge`.

        Agents are told to replace keys that are older than `key_days`. `credentials` are given to
        those that measure with them.
        """
        targets = Targets(inventory)
        self.allowed = targets.allowed
        """What agents may report about, by the present inventory."""
        self.inventory = inventory
        self.registry = registry
        self.metrics = metrics
        self.shards = assign_shards(inventory, shards)
        self._duty: Duty = {}
        self._ca_pem = ca_pem
        self._credentials = credentials
        self._key_days = key_days
        self._are_agents_derived = True
        self.rechecks = Rechecks(metrics.rechecks)
        self.derivation = self._derived(now)
        self._listening_since, self._assigned_at = now, -math.inf
        self.state = State(targets, self.shards)
        self.evidence = Evidence(targets)
        self.judgement = Judge(inventory, self.evidence, now, book=book, spans=spans)
        self.verdicts = self.judgement.verdicts(now)
        self.coverage = coverage_of.measure(inventory, registry.enrolled, self.state, now)
        self.readings = Readings(targets)
        self.conference_rows: Callable[[], Mapping[str, Rows]] = dict
        """Series of the conferences that are near; set by whoever knows them."""
        self.machine_facts = FactsTold()
        self.device_facts = FactsTold()
        self.differences = counted_of.NOTHING
        """What is not declared and what was never seen, as it was compared last."""
        self._exposition = Exposition(self.state, metrics)
        self._teller = Teller()
        self.trials = Trials(metrics.alerts_test)
        self._reloaded(now)

    def apply(self, received: Received) -> None:
        """Take in one accepted report."""
        if not self._counts(received):
            return
        received = self._believed(received)
        self.evidence.apply(received)
        self.readings.apply(received)
        self._note_machine(received)
        for reason, number in self.state.apply(received).items():
            self.metrics.rejected_samples.labels(reason).inc(number)
        for told in told_in(received, OF_DEVICES):
            # The same one has the word that has the device's series.
            if self.state.speaks_for(told.subject) == received.identity:
                self.device_facts.note(told)

    def recall(self, received: Received) -> None:
        """Take in one that was accepted so long before a restart that it shows nothing present.

        It is evidence all the same, and what was told of the machine and of devices is still so.
        """
        if self._counts(received):
            received = self._believed(received)
            self.evidence.apply(received)
            self.readings.apply(received)
            self._note_machine(received)
            self._recall_devices(received)

    def _note_machine(self, received: Received) -> None:
        """Note what a machine told of itself; it speaks for no other one."""
        for told in told_in(received, OF_MACHINES):
            if told.subject == received.identity.machine:
                self.machine_facts.note(told)

    def _recall_devices(self, received: Received) -> None:
        """Note what was told of devices by who is meant to measure them.

        Who else had the word then is not known any more.
        """
        targets = Targets(self.allowed)
        if not targets.is_trusted(received.identity):
            return
        for told in told_in(received, OF_DEVICES):
            if not isinstance(targets.place(received.identity, OF_DEVICES, told.subject), str):
                self.device_facts.note(told)

    def _counts(self, received: Received) -> bool:
        """Whether a report is evidence.

        Not if its agent was revoked while its batch was on the way to the disk; nor if nobody knows
        when it was made: it may be years old, and is only kept in the inbox.
        """
        known = self.registry.identity(received.identity.agent)
        return received.is_timed and known == received.identity

    def remember(self, reports: Iterable[LastReport]) -> None:
        """Restore when agents were last heard from before a restart; done after the replay."""
        for report in reports:
            identity = self.registry.identity(report.agent)
            if identity is None:
                continue
            live = AgentLive(
                identity,
                report.incarnation,
                report.seq,
                report.last_report_at,
                report.received_at,
                min(report.interval_seconds, self._longest_interval_seconds()),
                report.skew_seconds,
            )
            self.state.remember(live)
            self.evidence.newest.remember(live)

    def last_reports(self, agents: Iterable[str]) -> list[LastReport]:
        """Return the newest reports of those agents, without values, for a checkpoint."""
        known = self.state.agents
        return [_last_report(known[agent]) for agent in agents if agent in known]

    def judge(self, now: float) -> None:
        """Bring verdicts and coverage up to date; done about once a second."""
        self.state.expire(now)
        self.trials.expire(now)
        if not self._are_agents_derived:
            self._are_agents_derived = True
            self.derivation = self._derived(now)
        self.evidence.listen_until(now)
        self.verdicts = self.judgement.judge(now)
        self.coverage = coverage_of.measure(
            self.inventory, self.registry.enrolled, self.state, now, self.coverage
        )
        self._count(now)
        if not 0 <= now - self._assigned_at < ASSIGN_SECONDS:
            self._assign(now)
        self.rechecks.settle(now, lambda asked: self._is_answered(asked, now))
        self.derivation.check_again(self.rechecks.current(now))

    def check_again(self, site: str, at: float, now: float, who: str) -> Asked:
        """Let those who look at a site do so once more at that moment; `who` is for the log.

        Raises WireError (`not_found`) if nobody looks at it, and what `Rechecks.ask` raises.
        """
        if not self.derivation.looks(site):
            raise WireError("not_found", f"no agent looks at {site}: nobody can check it again")
        asked = self.rechecks.ask(site, at, now, who)
        # With the agents' next report, not with the next judgement.
        self.derivation.check_again(self.rechecks.current(now))
        return asked

    def _is_answered(self, asked: Asked, now: float) -> bool:
        return is_answered(asked, lookers(asked.site, self.derivation, self.evidence, now))

    def _assign(self, now: float) -> None:
        """Decide who measures for every site; settings change only where that changes."""
        self._assigned_at = now
        duty = assign(
            self.inventory,
            self.registry.enrolled,
            self._duty,
            self._heard_at,
            since=self._listening_since,
            now=now,
        )
        if duty != self._duty:
            self._duty = duty
            self.derivation = self._derived(now)
        else:
            self.derivation.renew(self.registry.renewals(now, self._key_days))

    def _derived(self, now: float) -> Derivation:
        derivation = Derivation(
            self.inventory,
            self.registry.enrolled,
            self._duty,
            self._ca_pem,
            credentials=self._credentials,
        )
        derivation.renew(self.registry.renewals(now, self._key_days))
        derivation.check_again(self.rechecks.current(now))
        return derivation

    def _heard_at(self, identity: AgentIdentity) -> float | None:
        live = self.state.agents.get(identity.agent)
        return None if live is None else live.last_report_at

    def _count(self, now: float) -> None:
        """Say in the collector's own metrics when it judged, and how much it holds."""
        agents = self.coverage.agents.values()
        self.metrics.verdict_at.set(now)
        self.metrics.verdict_waiting.set(self.judgement.waiting)
        self.metrics.verdict_failing.set(self.judgement.failing)
        self.metrics.series.set(self.state.series)
        self.metrics.agents.labels("enrolled").set(len(agents))
        self.metrics.agents.labels("reporting").set(sum(agent.up for agent in agents))
        self.metrics.agents.labels("pending").set(self.registry.pending)
        self.metrics.agents.labels("quarantined").set(self.registry.quarantined(now))

    def replace_inventory(
        self, inventory: Inventory, now: float, credentials: Credentials = credentials_of.NONE
    ) -> None:
        """Go by another inventory, and the credentials it names, from now on."""
        self._credentials = credentials
        targets = Targets(inventory)
        self.allowed = targets.allowed
        self.inventory = inventory
        self.shards = assign_shards(inventory, self.shards)
        self.derivation = self._derived(now)
        self.state.replace_inventory(targets, self.shards)
        self.evidence.replace_inventory(targets)
        self.readings.replace_inventory(targets)
        self.judgement.replace_inventory(inventory, now)
        self._reloaded(now)
        self.judge(now)

    def keep_inventory(self) -> None:
        """Note that a new inventory was refused and the old one stays."""
        self.metrics.reload_successful.set(0)

    def registry_changed(self, gone: Iterable[AgentIdentity]) -> None:
        """Drop at once what those said who are enrolled no more.

        Settings follow with the next `judge`: thousands may enrol one after the other.
        """
        self._are_agents_derived = False
        for identity in gone:
            self.state.forget(identity.agent)
            self.evidence.forget(identity.machine, identity.site)
            self.readings.forget(identity.machine)

    def compared(self, lists: Differences) -> None:
        """Show these differences between the inventory and what was seen from now on."""
        self.differences = counted_of.counted(lists, self.inventory.sites, self.differences)

    def windows_changed(self, windows: Mapping[str, tuple[Window, ...]], now: float) -> None:
        """Go by other windows of planned work and announced power cuts from now on."""
        self.judgement.set_windows(windows)
        self.judge(now)

    def replace_ca(self, ca_pem: str) -> None:
        """Tell agents from now on to trust these certificates."""
        if ca_pem != self._ca_pem:
            self._ca_pem = ca_pem
            self._are_agents_derived = False

    @property
    def credentials_missing(self) -> list[str]:
        """A line for every name of credentials that the inventory uses and nobody gave."""
        return credentials_of.lacking(self.inventory, self._credentials)

    def settings_digest(self, identity: AgentIdentity) -> str:
        """Return the digest of the settings that an agent should run."""
        return self.derivation.digest(identity)

    def exposition(self, part: Part) -> Iterator[bytes]:
        """Yield a part of the metrics as Prometheus text."""
        told = self._teller.tell(self.inventory, self.verdicts)
        outages = self.judgement.record.book.cases()
        return self._exposition.stream(
            self.verdicts,
            self.coverage,
            part,
            told,
            outages,
            conferences=self.conference_rows(),
            differences=self.differences,
        )

    def sight(self, now: float, planned: Iterable[Entry]) -> Sight:
        """Return what says whether conference points are ready, as of `now`."""
        return sight_of(
            self.inventory,
            self.verdicts,
            self.readings,
            self.evidence.newest,
            cases=self.judgement.record.book.cases(),
            planned=planned,
            now=now,
        )

    def _longest_interval_seconds(self) -> float:
        """Return the longest report interval that an agent is believed.

        It decides for how long a report tells the present. An agent that was ordered a shorter one
        is heard at its old pace once more, and with the answer learns that it has new settings.
        """
        return max(self.inventory.report_interval_seconds, PATIENCE_SECONDS)

    def _believed(self, received: Received) -> Received:
        longest = self._longest_interval_seconds()
        if received.report.interval_seconds <= longest:
            return received
        report = msgspec.structs.replace(received.report, interval_seconds=longest)
        return msgspec.structs.replace(received, report=report)

    def _reloaded(self, now: float) -> None:
        self.metrics.reload_successful.set(1)
        self.metrics.reload_success_at.set(now)


def _last_report(live: AgentLive) -> LastReport:
    return LastReport(
        agent=live.identity.agent,
        incarnation=live.incarnation,
        seq=live.seq,
        last_report_at=live.last_report_at,
        received_at=live.received_at,
        interval_seconds=live.interval_seconds,
        skew_seconds=live.skew_seconds,
    )
