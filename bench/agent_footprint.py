"""Memory and CPU of the real agent beside node_exporter scraped as often as the agent reports.

The agent does all it does in an office: it measures the machine, the LAN and the three ends of a
link (ten echo requests each), spools every report with a flush, and sends it to a real collector.
"""

import gzip
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.sending.last_sent import read_last_sent
from bench.collector_server import collector, get
from bench.figures import Comparison, Figure, middle
from bench.processes import Child, free_port, listens, program, running, running_python, until
from collector.store.registry import NewKey

INTERVAL_SECONDS = 1.0
WARM_REPORTS = 5
MIB = 1 << 20

OFFICE = """\
province: {id: tinh, code: "68", name: Tỉnh, operator: Trung tâm, centre: ttdl}
carriers: [{id: vnpt, name: VNPT}]
units:
  - {id: tinh, kind: province, name: Tỉnh, code: "68"}
  - {id: xa, kind: commune, name: Xã, code: "24769", parent: tinh}
profiles:
  machines: [{id: office-pc, name: Máy tính làm việc, role: pc}]
sites:
  - {id: ttdl, unit: tinh, name: Trung tâm dữ liệu, kind: data_centre, lan: none}
  - id: xa
    unit: xa
    name: Trụ sở xã
    kind: commune
    links:
      - {id: tslcd, technology: fiber, carrier: vnpt, gateway: 127.0.0.1, next_hop: 127.0.0.2,
         far_end: {site: ttdl, address: 127.0.0.3}}
    machines:
      - {id: may-nay, profile: office-pc, vantage: true}
      - {id: ben-canh, profile: office-pc, address: 127.0.0.4}
  - {id: xa-2, unit: xa, name: Cơ sở 2, kind: commune, lan: none}
"""
"""An office whose link, with all its ends, is this machine's loopback, and one without a LAN."""
MEASURING_PC = ("xa", "may-nay")
"""Measures itself, the LAN and the link."""
LONELY_PC = ("xa-2", "may-nay")
"""Measures only itself."""
CHECKS_OF = {MEASURING_PC: {"agent", "machine", "lan", "link"}, LONELY_PC: {"agent", "machine"}}


@dataclass(frozen=True, slots=True)
class Agent:
    """A running agent and where it keeps its state."""

    child: Child
    state_dir: Path

    def last_body(self) -> bytes:
        """Return the body of the newest batch as sent, empty before the first."""
        sent = read_last_sent(self.state_dir)
        return sent.body if sent else b""

    def last_seq(self) -> int:
        """Return the newest sequence number that was sent."""
        return int(newest_report(self.last_body())["seq"])


def newest_report(body: bytes) -> dict[str, Any]:
    """Return the newest report of a batch, decoded."""
    reports = json.loads(gzip.decompress(body))["reports"]
    newest: dict[str, Any] = max(reports, key=lambda report: report["seq"])
    return newest


@contextmanager
def running_agents(
    *machines: tuple[str, str], interval_seconds: float = INTERVAL_SECONDS
) -> Iterator[list[Agent]]:
    """Run agents on made-up machines, with their collector, until all their checks report."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        inventory = folder / "inventory.yaml"
        inventory.write_text(OFFICE, encoding="utf-8")
        server = stack.enter_context(
            collector(inventory, machines, folder / "data", interval_seconds)
        )
        agents = []
        for key in server.keys:
            state = folder / key.identity.site
            config = folder / f"{key.identity.site}.toml"
            config.write_text(_agent_toml(key, server.port, state), encoding="utf-8")
            child = stack.enter_context(running_python("agent.cli", "run", "--config", str(config)))
            agents.append(Agent(child, state))
        pairs = list(zip(agents, map(CHECKS_OF.__getitem__, machines), strict=True))
        until(lambda: all(_reports(agent, checks) for agent, checks in pairs), "the agents' checks")
        yield agents


def _agent_toml(key: NewKey, port: int, state: Path) -> str:
    return (
        f'collectors = ["http://127.0.0.1:{port}"]\n'
        f'state_dir = "{state}"\n'
        "[identity]\n"
        f'agent = "{key.identity.agent}"\n'
        f'key_id = "{key.key}"\n'
        f'key = "{key.secret.hex()}"\n'
    )


def _reports(agent: Agent, wanted: set[str]) -> bool:
    body = agent.last_body()
    if not body:
        return False
    report = newest_report(body)
    return {result["check"] for result in report["results"]} == wanted and (
        report["seq"] >= WARM_REPORTS
    )


@dataclass(slots=True)
class _Cost:
    """What one process cost, by round."""

    cpu_ms: list[float] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)
    uss_mib: list[float] = field(default_factory=list)

    def take(self, child: Child, cpu_seconds: float, times: int) -> None:
        rss, uss = child.memory()
        self.cpu_ms.append(cpu_seconds / times * 1000)
        self.rss_mib.append(rss / MIB)
        self.uss_mib.append(uss / MIB)


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Measure both at the same time; every round takes ten reports and ten scrapes."""
    reports = 3 if quick else 10
    port = free_port()
    exporter_command = [
        program("prometheus-node-exporter"),
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    whole, lonely, theirs = _Cost(), _Cost(), _Cost()
    with (
        running_agents(MEASURING_PC, LONELY_PC) as (measuring, alone),
        running(exporter_command) as exporter,
    ):
        until(lambda: exporter.ended() or listens(port), "node_exporter")
        for _ in range(WARM_REPORTS):
            lines = sample_lines(get(port, "/metrics"))
        for _ in range(rounds):
            agents = ((measuring, whole), (alone, lonely))
            before = [(agent.last_seq(), agent.child.cpu_seconds()) for agent, _ in agents]
            cpu_before = exporter.cpu_seconds()
            for _ in range(reports):
                seq = measuring.last_seq()
                get(port, "/metrics")
                while measuring.last_seq() == seq:
                    time.sleep(INTERVAL_SECONDS / 10)
            for (agent, cost), (seq, cpu_seconds) in zip(agents, before, strict=True):
                spent = agent.child.cpu_seconds() - cpu_seconds
                cost.take(agent.child, spent, agent.last_seq() - seq)
            theirs.take(exporter, exporter.cpu_seconds() - cpu_before, reports)
        samples = [count_samples(agent.last_body()) for agent in (measuring, alone)]
    return [
        Comparison(
            title,
            "node_exporter",
            (
                Figure("RSS", "MiB", middle(ours.rss_mib), middle(theirs.rss_mib), 1.1),
                Figure("USS", "MiB", middle(ours.uss_mib), middle(theirs.uss_mib), 0.6),
                Figure("CPU per report", "ms", middle(ours.cpu_ms), middle(theirs.cpu_ms), 0.4),
                Figure("samples per report", "", count, lines),
            ),
            (
                (
                    f"{rounds} rounds of {reports} reports, {INTERVAL_SECONDS:g} s apart; "
                    "all three processes at the same time."
                ),
                note,
                (
                    "The agent stores every report with a flush to disk, compresses, signs and "
                    "sends it; node_exporter reads more of the machine and is only asked."
                ),
                "Plain HTTP on loopback on both sides; the agent has its TLS library loaded.",
            ),
        )
        for title, ours, count, note in (
            (
                "Agent that measures its machine",
                lonely,
                samples[1],
                "The machine check alone: the nearest to what node_exporter does.",
            ),
            (
                "Agent that measures for its office",
                whole,
                samples[0],
                (
                    "Machine, LAN and link: each report also takes 30 echo requests along the "
                    "link, more to neighbour and gateway, and one run of `ip`."
                ),
            ),
        )
    ]


def count_samples(body: bytes) -> int:
    """Return the number of samples in the newest report of a batch."""
    return sum(len(result["samples"]) for result in newest_report(body)["results"])


def sample_lines(text: bytes) -> int:
    """Return the number of samples in Prometheus text."""
    return sum(1 for line in text.splitlines() if line and not line.startswith(b"#"))
