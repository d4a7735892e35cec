"""The columns say what a naive renderer says, after any history."""

import math
import struct
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.columns import Family, Slot, series_text
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict.coverage import Coverage
from collector.verdict.verdicts import Verdicts
from collector.wire import AgentIdentity, Received, WireReport, WireResult, WireSample
from govnet.catalogue import CATALOGUE, METRICS
from inventory.model import Inventory

AGENTS = ("mot", "hai")
MACHINES = ("xa-a/pc-1", "xa-a/pc-2", "xa-b/pc-1", "trung-tam/giam-sat")
TARGETS = ("xa-a/tslcd", "xa-b/tslcd", "la")
DEVICE = "xa-a/cpe"
DISKS = ("C:", 'D "dữ liệu"\\', "%b%s", "dòng\nmới")
VALUES = st.one_of(
    st.floats(),
    st.integers(-(2**53), 2**53).map(float),
    st.sampled_from([math.nan, math.inf, -math.inf]),
)
Series = tuple[str, tuple[tuple[str, str], ...]]


def number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@dataclass
class Naive:
    """What should be exposed, in dictionaries; the rules once more, without any cleverness."""

    centre: str
    newest: dict[str, tuple[str, int, float, str]] = field(default_factory=dict)
    exposed: dict[str, tuple[float, int, dict[Series, float]]] = field(default_factory=dict)
    of_device: dict[str, dict[Series, float]] = field(default_factory=dict)
    """By the one agent that has them."""

    def apply(self, received: Received) -> None:
        agent, machine = received.identity.agent, received.identity.machine
        report, at = received.report, received.at
        if agent in self.newest:
            incarnation, seq, last_at, _ = self.newest[agent]
            same = incarnation == received.incarnation
            if (same and report.seq <= seq) or (not same and at <= last_at):
                return
        for other, (_, _, last_at, of) in tuple(self.newest.items()):
            if other != agent and of == machine:
                if last_at > at:
                    return
                del self.newest[other]
                self.withdraw(other)
        if agent in self.newest and self.newest[agent][3] != machine:
            self.withdraw(agent)
        self.newest[agent] = (received.incarnation, report.seq, at, machine)
        until = at + max(3 * report.interval_seconds, 3.0)
        if received.received_at <= until:
            self.of_device.pop(agent, None)
            self.exposed[agent] = (until, round(at * 1000), self.series(received))
            if mine := self.series_of_device(received):
                others = [self.claim(one, self.exposed[one][1]) for one in self.of_device]
                if not others or others[0] <= self.claim(agent, round(at * 1000)):
                    self.of_device = {agent: mine}

    def claim(self, agent: str, millis: int) -> tuple[bool, int, str]:
        return self.newest[agent][3].startswith(f"{self.centre}/"), millis, agent

    def withdraw(self, agent: str) -> None:
        self.exposed.pop(agent, None)
        self.of_device.pop(agent, None)

    def series_of_device(self, received: Received) -> dict[Series, float]:
        if received.identity.site not in ("xa-a", self.centre):
            return {}
        labels = (("site", "xa-a"), ("device", DEVICE))
        return {
            (sample.name, (*labels, *sample.labels.items())): sample.value
            for result in received.report.results
            if result.check == "device"
            for sample in result.samples
        }

    def series(self, received: Received) -> dict[Series, float]:
        site, machine = received.identity.site, received.identity.machine
        found: dict[Series, float] = {}
        for result in received.report.results:
            labels: tuple[tuple[str, str], ...]
            if result.check == "machine":
                if result.target != machine:
                    continue
                labels = (("site", site), ("machine", machine))
            else:
                of = result.target.partition("/")[0]
                if result.target == "la" or site not in (of, self.centre):
                    continue
                labels = (("site", of), ("machine", machine), ("link", result.target))
            for sample in result.samples if result.check != "device" else ():
                if sample.name.endswith("_total") and not 0 <= sample.value < math.inf:
                    continue
                cleaned = [(key, value.replace("\n", " ")) for key, value in sample.labels.items()]
                found.setdefault((sample.name, (*labels, *cleaned)), sample.value)
            head = (*labels[:2], ("check", result.check), ("target", result.target))
            found["govnet_check_success", head] = float(result.error is None)
            found["govnet_check_duration_seconds", head] = result.duration_seconds
            found["govnet_check_age_seconds", head] = result.age_seconds
        return found

    def expire(self, now: float) -> None:
        for agent in [agent for agent, entry in self.exposed.items() if entry[0] < now]:
            self.withdraw(agent)

    def text(self) -> dict[str, list[str]]:
        families: dict[str, list[str]] = {}
        for agent, (_, millis, series) in self.exposed.items():
            for (name, labels), value in (series | self.of_device.get(agent, {})).items():
                inner = ",".join(f'{label}="{escaped(text)}"' for label, text in labels)
                line = f"{name}{{{inner}}} {number(value)} {millis}"
                families.setdefault(name, []).append(line)
        return {name: sorted(lines) for name, lines in families.items()}


def parsed(text: str) -> dict[str, list[str]]:
    """Split exposed text by family, checking order, HELP and TYPE on the way."""
    families: dict[str, list[str]] = {}
    lines = iter(text.split("\n")[:-1])
    for line in lines:
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            metric = CATALOGUE[name]
            assert line == f"# HELP {name} {metric.help_en}"
            assert next(lines) == f"# TYPE {name} {metric.kind}"
            assert name not in families
            families[name] = []
        else:
            assert line.startswith(f"{name}{{")
            head, value, millis = line.rsplit(" ", 2)
            families[name].append(f"{head} {number(float(value))} {millis}")
    order = [metric.name for metric in METRICS if metric.name in families]
    assert list(families) == order
    return {name: sorted(lines) for name, lines in families.items()}


@st.composite
def results(draw: st.DrawFn, machine: str) -> list[WireResult]:
    made = []
    if draw(st.booleans()):
        disks = draw(st.lists(st.sampled_from(DISKS), unique=True))
        samples = [
            WireSample("govnet_machine_disk_free_bytes", draw(VALUES), {"disk": disk})
            for disk in disks
        ]
        if draw(st.booleans()):
            samples.append(WireSample("govnet_machine_cpus", draw(VALUES)))
        if draw(st.booleans()):
            mode = {"mode": "user"}
            samples.append(WireSample("govnet_machine_cpu_seconds_total", draw(VALUES), mode))
        made.append(result("machine", draw(st.sampled_from([machine, MACHINES[0]])), samples))
    for target in draw(st.lists(st.sampled_from(TARGETS), unique=True)):
        ends = draw(st.lists(st.sampled_from(["far", "site"]), unique=True))
        samples = [WireSample("govnet_link_rtt_seconds", draw(VALUES), {"end": e}) for e in ends]
        made.append(result("link", target, samples, draw(st.sampled_from([None, "hết giờ"]))))
    if draw(st.booleans()):
        ports = draw(st.lists(st.sampled_from(["1", "2"]), unique=True))
        samples = [WireSample("govnet_port_up", draw(VALUES), {"port": port}) for port in ports]
        made.append(result("device", DEVICE, samples))
    return made


def result(
    check: str, target: str, samples: list[WireSample], error: str | None = None
) -> WireResult:
    return WireResult(
        check=check, target=target, duration_seconds=0.25, error=error, samples=samples
    )


@st.composite
def history(draw: st.DrawFn) -> list[Received | float]:
    """Draw reports (new, replayed, stale, moved, of a new incarnation) and passing time."""
    now = 1_790_000_000.0
    steps: list[Received | float] = []
    for _ in range(draw(st.integers(1, 25))):
        now += draw(st.sampled_from([0.0, 1.0, 60.5, 200.0]))
        if draw(st.integers(0, 4)) == 0:
            steps.append(now)
            continue
        machine = draw(st.sampled_from(MACHINES))
        report = WireReport(
            seq=draw(st.integers(1, 6)),
            created_at=now,
            monotonic_seconds=1.0,
            boot_id="b",
            interval_seconds=draw(st.sampled_from([0.5, 60.0])),
            results=draw(results(machine)),
        )
        steps.append(
            Received(
                identity=AgentIdentity(draw(st.sampled_from(AGENTS)), machine[:4], machine)
                if machine.startswith("xa-")
                else AgentIdentity(draw(st.sampled_from(AGENTS)), "trung-tam", machine),
                incarnation=draw(st.sampled_from(["0" * 16, "1" * 16])),
                report=report,
                at=now - draw(st.sampled_from([0.0, 0.125, 59.0, 400.0])),
                received_at=now,
                skew_seconds=0.0,
            )
        )
    return steps


@given(steps=history())
@settings(deadline=None, max_examples=150)
def test_the_stream_equals_a_naive_rendering_after_any_history(
    small_province: Inventory, steps: list[Received | float]
) -> None:
    shards = {site: index % 2 for index, site in enumerate(small_province.sites)}
    state = State(Targets(small_province), shards)
    naive = Naive(small_province.province.centre)
    exposition = Exposition(state, SelfMetrics("1"))
    coverage = Coverage({}, {}, (), {}, small_province)
    nothing = Verdicts(0.0, {}, {}, frozenset()), coverage
    for step in steps:
        if isinstance(step, float):
            state.expire(step)
            naive.expire(step)
        else:
            state.apply(step)
            naive.apply(step)
        text = b"".join(exposition.stream(*nothing, Part(verdicts=False))).decode()
        expected = naive.text()
        assert parsed(text) == expected
        assert state.series == sum(map(len, expected.values()))
    halves = [
        parsed(b"".join(exposition.stream(*nothing, Part.of_shard(shard))).decode())
        for shard in (0, 1)
    ]
    joined: dict[str, list[str]] = {}
    for half in halves:
        for name, lines in half.items():
            joined[name] = sorted(joined.get(name, []) + lines)
    assert joined == expected


@given(value=st.floats())
def test_every_value_reads_back_as_the_same_double(value: float) -> None:
    family = Family(timed=False)
    slot = family.add(b"x")
    slot.chunk.values[slot.row] = value

    text = b"".join(family.render()).decode()

    read = float(text.removeprefix("x ").removesuffix("\n"))
    assert struct.pack("d", read) == struct.pack("d", value) or math.isnan(read)
    assert math.isnan(read) == math.isnan(value)


@given(
    commands=st.lists(st.tuples(st.booleans(), st.integers(0, 2_600)), max_size=60),
    timed=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_families_of_several_chunks_keep_their_series_through_holes(
    commands: list[tuple[bool, int]],
    timed: bool,  # noqa: FBT001 - hypothesis draws it
) -> None:
    """Each command adds up to 2,600 series or removes every n-th one."""
    family = Family(timed=timed)
    held: dict[bytes, tuple[Slot, float]] = {}
    made = 0
    for adds, amount in commands[:8]:
        if adds:
            for _ in range(amount):
                made += 1
                series = series_text("m", [("n", str(made)), ("p", "100%b")])
                slot = family.add(series)
                slot.chunk.values[slot.row] = float(made)
                if timed:
                    slot.chunk.times[slot.row] = b"%d" % made
                held[series] = (slot, float(made))
        else:
            for series in list(held)[:: amount % 7 + 1]:
                family.remove(held.pop(series)[0])
        lines = b"".join(family.render()).splitlines()
        tail = [b" %d" % int(value) if timed else b"" for _, value in held.values()]
        expected = [
            series + b" " + repr(value).encode() + end
            for (series, (_, value)), end in zip(held.items(), tail, strict=True)
        ]
        assert sorted(lines) == sorted(expected)
        assert family.count == len(held)
