"""Asks a device by SNMP what its profile wants, and remembers what changes slowly.

A device is learnt anew every five minutes, and when it has restarted: who it is, which profile
fits, which columns it has at all, the names of its ports, its neighbours and stations. In between
only what changes by the minute is asked, and of that nothing that the device does not have. A
forwarding table forgets after 300 s by itself (IEEE 802.1D): asking it more often tells no more.
Where the time was too short to learn it whole, or a table was nonsense, the next run goes on there.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from agent.checks.address_claims import AddressClaims
from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.devices import addresses
from agent.devices.around import Around, Site, around
from agent.devices.asking import DESCRIPTION, NAME, OBJECT_ID, UPTIME, Plan, plan
from agent.devices.load import device_profiles
from agent.devices.match import best
from agent.devices.profile import GENERIC, Profile
from agent.devices.question import Question, Subject
from agent.devices.samples import info, of_data, of_readers, once_each
from agent.devices.values import Answers, number, text, whole_text
from agent.probe.outcome import Outcome
from agent.probe.snmp import Columns, Scalars, Value
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import SnmpAccess

Get = Callable[..., Scalars]
Walk = Callable[..., Columns]
Answered = TypeVar("Answered", Scalars, Columns)

LEARN_SECONDS = 300.0
_SILENT_SECONDS = 5.0
"""After which a device that has not said who it is counts as silent: three questions went out."""

MAX_VALUES = 150_000
"""So much of one device is kept, about 40 MB: a core switch with 20,000 stations, 20,000 neighbours
and 500 ports has 60,000. One that lies about the length of its tables gets no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Whom to ask, how, and what may be known before; `target` is its id.

    `kind` is the inventory's word for it, `family` a profile to use whatever the device says.
    """

    target: str
    address: str
    access: SnmpAccess
    kind: str = ""
    family: str | None = None
    site: Site = field(default_factory=Site)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What is remembered of a device until it is learnt again.

    As long as it `is_complete` not, `answers` has every slow column that was read so far.
    """

    device: Device
    profile: Profile
    is_known: bool
    name: str
    description: str
    object_id: str
    info: Mapping[str, str]
    plan: Plan
    answers: Answers
    present: frozenset[str]
    settled: tuple[Sample, ...]
    around: Around
    is_complete: bool
    learnt_at: float
    uptime_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one run brought.

    `failures` tells in words what could not be asked though the device is there. `is_new`: it was
    learnt in this run, wholly or further.
    """

    learnt: Learnt
    is_new: bool
    rtt_seconds: float | None
    samples: tuple[Sample, ...]
    failures: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the device answered without a single value: we may read nothing of it."""
        learnt = self.learnt
        return not (learnt.description or learnt.object_id or learnt.uptime_ticks or self.samples)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A device that said nothing of itself, and how its first question ended."""

    outcome: Outcome
    detail: str


class DeviceAsker:
    """Asks devices, each in one thread at a time; what it remembers is kept by target."""

    def __init__(
        self,
        *,
        get: Get,
        walk: Walk,
        known_profiles: Callable[[], Mapping[str, Profile]] = device_profiles,
    ) -> None:
        self._get = get
        self._walk = walk
        self._profiles = known_profiles
        self._lock = threading.Lock()
        self._learnt: dict[str, Learnt] = {}
        self._claims = AddressClaims()

    def ask(self, device: Device, context: Context) -> Heard | Unheard:
        """Return what the device said, or how it kept silent.

        Raises CheckError if this machine could not ask, or a profile is named that is not there.
        """
        if device.family is not None and device.family not in self._profiles():
            expected = "a family of docs/devices.md that this agent knows"
            raise CheckError(f"family: expected {expected}, got {device.family!r}")
        first = self._get(
            device.address,
            (DESCRIPTION, OBJECT_ID, UPTIME),
            access=device.access,
            timeout_seconds=min(_SILENT_SECONDS, answer_seconds(context)),
            trace=context.trace,
        )
        if first.outcome is not Outcome.ANSWERED:
            context.trace(f"no answer by SNMP: {first.outcome} {first.detail}".rstrip())
            return Unheard(first.outcome, first.detail)
        run = _Run(self._get, self._walk, device, context)
        uptime = number(first.values.get(UPTIME))
        with self._lock:
            learnt = self._learnt.get(device.target)
        if learnt is not None and not _is_current(
            learnt, device, uptime, context.clock.monotonic()
        ):
            learnt = None
        is_new = learnt is None or not learnt.is_complete
        if learnt is not None and learnt.is_complete:
            answers = run.ask_again(learnt)
            learnt = replace(learnt, uptime_ticks=uptime or 0)
        else:
            learnt, answers = self._learn(run, first.values, learnt)
        with self._lock:
            self._learnt[device.target] = learnt
        subject = Subject(learnt.description, uptime, device.site.declared)
        samples = once_each(
            [
                *of_data(learnt.profile, answers, subject),
                *of_readers(learnt.plan.running, answers, subject),
                *learnt.settled,
            ]
        )
        return Heard(
            learnt=learnt,
            is_new=is_new,
            rtt_seconds=first.rtt_seconds,
            samples=tuple(samples),
            failures=tuple(run.failures),
        )

    def _learn(
        self, run: "_Run", values: Mapping[str, Value], begun: Learnt | None
    ) -> tuple[Learnt, Answers]:
        """Ask what the profile wants and is not known yet; return what to remember, and all."""
        device, context = run.device, run.context
        description = whole_text(values.get(DESCRIPTION))
        object_id = text(values.get(OBJECT_ID))
        profile, is_known = self._chosen(device, object_id, description)
        context.trace(f"profile {profile.family}: {profile.name}")
        wanted = plan(profile)
        answers = run.ask_everything(wanted, begun.answers.columns if begun is not None else {})
        now = context.clock.monotonic()
        subject = Subject(
            description,
            number(values.get(UPTIME)),
            device.site.declared,
            self._claims.earlier(device.target, now),
        )
        settled = tuple(of_readers(wanted.settled, answers, subject))
        self._claims.note(device.target, addresses.claims(answers), now)
        fast = {each.column for group in wanted.groups for each in group if not each.slow}
        is_complete = not run.failures
        learnt = Learnt(
            device=device,
            profile=profile,
            is_known=is_known,
            name=text(answers.scalars.get(NAME)),
            description=description,
            object_id=object_id,
            info=info(profile, answers, description),
            plan=wanted,
            answers=Answers(
                {
                    oid: answers.scalars[oid]
                    for oid in wanted.slow_scalars
                    if oid in answers.scalars
                },
                {
                    column: rows
                    for column, rows in answers.columns.items()
                    if column not in fast
                    and (column in wanted.kept or not is_complete)
                    # What does not fit is read from its beginning again.
                    and not run.is_full
                },
            ),
            present=frozenset(column for column in fast if answers.column(column)),
            settled=settled,
            around=around(answers, device.site),
            is_complete=is_complete,
            learnt_at=begun.learnt_at if begun is not None else now,
            uptime_ticks=number(values.get(UPTIME)) or 0,
        )
        return learnt, answers

    def _chosen(self, device: Device, object_id: str, description: str) -> tuple[Profile, bool]:
        known = self._profiles()
        if device.family is not None:
            return known[device.family], device.family != GENERIC
        fitting = best(known, object_id, description, device.kind)
        return (known[GENERIC], False) if fitting is None else (fitting, True)


def _is_current(learnt: Learnt, device: Device, uptime: int | None, now: float) -> bool:
    """Tell whether what was learnt still counts: same question, no restart, not too old."""
    return (
        learnt.device == device
        and (uptime or 0) >= learnt.uptime_ticks
        and now - learnt.learnt_at < LEARN_SECONDS
    )


class _Run:
    """The questions of one run. A device that falls silent half-way is not asked further."""

    def __init__(self, get: Get, walk: Walk, device: Device, context: Context) -> None:
        self._get = get
        self._walk = walk
        self.device = device
        self.context = context
        self.failures: list[str] = []
        self._is_silent = False
        self._room = MAX_VALUES

    def ask_everything(self, wanted: Plan, known: Mapping[str, Mapping[str, Value]]) -> Answers:
        """Ask all scalars, and all columns but those that are `known`.

        Alternatives only where the first choice is empty.
        """
        scalars = self._scalars((*wanted.fast_scalars, *wanted.slow_scalars))
        columns = self._keep(known)
        for group in wanted.groups:
            columns |= self._columns(
                each.column
                for each in group
                if each.instead_of is None and each.column not in columns
            )
            columns |= self._columns(
                each.column
                for each in group
                if each.instead_of is not None
                and each.column not in columns
                and not columns.get(each.instead_of)
            )
        return Answers(scalars, columns)

    def ask_again(self, learnt: Learnt) -> Answers:
        """Ask what changes by the minute, of what the device has; the rest is remembered."""
        scalars = self._scalars(learnt.plan.fast_scalars)
        columns = dict(learnt.answers.columns)
        for group in learnt.plan.groups:
            columns |= self._columns(_present(group, learnt.present))
        return Answers({**learnt.answers.scalars, **scalars}, columns)

    def _scalars(self, oids: Sequence[str]) -> dict[str, Value]:
        answer = self._asked(self._get, oids) if oids else None
        return {} if answer is None else dict(answer.values)

    def _columns(self, columns: Iterable[str]) -> dict[str, Mapping[str, Value]]:
        wanted = tuple(columns)
        answer = self._asked(self._walk, wanted) if wanted and not self.is_full else None
        return {} if answer is None else self._keep(answer.columns)

    @property
    def is_full(self) -> bool:
        """Whether the device gave more values than are kept of one."""
        return self._room < 0

    def _keep(self, columns: Mapping[str, Mapping[str, Value]]) -> dict[str, Mapping[str, Value]]:
        self._room -= sum(map(len, columns.values()))
        if self.is_full:
            self.failures.append(f"more than {MAX_VALUES} values; the rest was not asked")
        return dict(columns)

    def _asked(self, ask: Callable[..., Answered], oids: Sequence[str]) -> Answered | None:
        if self._is_silent:
            return None
        try:
            answer = ask(
                self.device.address,
                oids,
                access=self.device.access,
                timeout_seconds=answer_seconds(self.context),
                trace=self.context.trace,
            )
        except CheckError as exc:
            self.failures.append(str(exc))
            return None
        if answer.outcome is not Outcome.ANSWERED:
            self._is_silent = True
            said = f"{answer.outcome} {answer.detail}".rstrip()
            self.failures.append(f"the device answered at first and then no more: {said}")
            return None
        return answer


def _present(group: Iterable[Question], present: frozenset[str]) -> Iterable[str]:
    return (each.column for each in group if each.column in present)
