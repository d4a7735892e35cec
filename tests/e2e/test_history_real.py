"""A line cut for hours, then healed: history in real Prometheus and VictoriaMetrics is whole.

All of them scrape the collector and are sent the same series by remote write, as in a province.
One agent speaks the real protocol; its backlog is four hours old.
"""

import json
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from govnet.report import Clock, Report, Result, Sample, encode_batch, encode_report

pytestmark = pytest.mark.e2e

BOOT_MONOTONIC = 500_000.0
INCARNATION = "0123456789abcdef"
BACKLOG = 240
"""Reports made during the cut, one a minute."""
ANCIENT = 10
"""Reports made 30 hours ago, beyond every window."""
BYTES_A_SECOND = 7.0
TIME_TOLERANCE_SECONDS = 5.0
"""An exchange may take that long, and then its reports seem so much later."""
SERIES = 4
"""Of each report: one sample, and three of its check."""
COUNTER = "govnet_machine_network_receive_bytes_total"

PROMETHEUS = """\
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: govnet
    static_configs: [{{targets: ["{target}"]}}]
    metric_relabel_configs: [{{regex: instance, action: labeldrop}}]
{storage}
"""
WINDOW = "storage: {tsdb: {out_of_order_time_window: 24h}}"


@dataclass
class Store:
    """A real database of metrics, to be stopped and started on the same data."""

    name: str
    port: int
    command: list[str]
    write_path: str
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        _until(self._answers, f"{self.name} does not start: {self.log}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def query(self, text: str) -> list[dict[str, Any]]:
        address = f"http://127.0.0.1:{self.port}/api/v1/query?" + urllib.parse.urlencode(
            {"query": text, "time": f"{time.time():.3f}"}
        )
        with urllib.request.urlopen(address, timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found

    def values(self, text: str = f"{COUNTER}[40h]") -> list[tuple[float, float]]:
        """Return (time, value) of every sample of the one series."""
        result = self.query(text)
        assert len(result) <= 1, result
        return [(at, float(value)) for one in result for at, value in one["values"]]

    def _answers(self) -> bool:
        try:
            return self.query("1") != []
        except OSError:
            return False


def _until(is_true: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
    ends_at = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < ends_at, what
        time.sleep(0.2)


@dataclass
class Agent:
    """An agent of the real protocol; what it counted is `BYTES_A_SECOND` since its boot."""

    collector: Any
    booted_at: float = field(default_factory=lambda: time.time() - BOOT_MONOTONIC)
    made: dict[float, float] = field(default_factory=dict)

    def send(self, reports: dict[int, float]) -> None:
        """Send reports by seq, made at those times."""
        machine = self.collector.key.identity.machine
        bodies = []
        for seq, at in sorted(reports.items()):
            value = round((at - self.booted_at) * BYTES_A_SECOND, 3)
            self.made[value] = at
            sample = Sample(COUNTER, value, {"interface": "Ethernet 1"})
            result = Result("machine", machine, 0.1, 0.0, None, (sample,))
            # The wall clock is wrong by a year: only the monotonic one tells.
            report = Report(seq, at - 3e7, at - self.booted_at, "boot", 60.0, "", (result,))
            bodies.append(encode_report(report))
        agent = self.collector.key.identity.agent
        for start in range(0, len(bodies), 50):
            now = time.time()
            clock = Clock(now - 3e7, now - self.booted_at, "boot")
            batch = encode_batch(agent, INCARNATION, clock, bodies[start : start + 50])
            status, answer = self.collector.post(batch.body)
            assert (status, answer["rejected"]) == (200, [])


@pytest.fixture
def stores(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[dict[str, Store]]:
    """Make the stores; they are started when the collector's address is known."""
    made: dict[str, Store] = {}
    for name in ("prom", "bare", "vm"):
        folder, port = tmp_path / name, free_port()
        folder.mkdir()
        listen = f"127.0.0.1:{port}"
        if name == "vm":
            command = [
                *("victoria-metrics", f"-httpListenAddr={listen}", f"-storageDataPath={folder}"),
                *("-retentionPeriod=12", "-dedup.minScrapeInterval=1ms"),
                *(f"-promscrape.config={folder}.yml", "-search.latencyOffset=0s"),
            ]
        else:
            command = [
                *("prometheus", f"--config.file={folder}.yml", f"--storage.tsdb.path={folder}"),
                *(f"--web.listen-address={listen}", "--web.enable-remote-write-receiver"),
                "--storage.tsdb.retention.time=400d",
            ]
        made[name] = Store(name, port, command, "/api/v1/write", tmp_path / f"{name}.log")
    yield made
    for store in made.values():
        store.stop()


def _configure(tmp_path: Path, stores: dict[str, Store]) -> Path:
    """Write the collector's options: every store, and one twice with too wide a window."""
    tables = [(name, store, 23.5) for name, store in stores.items()]
    tables.append(("wide", stores["prom"], 48.0))
    path = tmp_path / "collector.toml"
    path.write_text(
        "".join(
            f'[[remote_write]]\nname = "{name}"\nwindow_hours = {hours}\n'
            f'url = "http://127.0.0.1:{store.port}{store.write_path}"\n'
            for name, store, hours in tables
        )
    )
    return path


def _history(collector: Any, metric: str) -> dict[tuple[str, ...], float]:
    """Return the values of one of the collector's metrics about history: by receiver, reason."""
    found = {}
    for line in collector.get("/metrics")[1].decode().splitlines():
        if line.startswith(f"govnet_collector_history_{metric}{{"):
            series, _, value = line.rpartition(" ")
            # The labels stand in order of their names.
            found[tuple(reversed(series.split('"')[1::2]))] = float(value)
    return found


def _ended(collector: Any) -> Counter[str]:
    """Return how many samples each receiver took or refused."""
    ended = Counter[str]()
    for metric in ("samples_total", "dropped_samples_total"):
        for labels, number in _history(collector, metric).items():
            ended[labels[0]] += int(number)
    return ended


def _is_whole(store: Store, made: dict[float, float]) -> None:
    """Assert that a store holds every value once, at the time when it was made."""
    held = store.values()
    assert Counter(value for _, value in held) == Counter(made.keys()), store.name
    assert max(abs(at - made[value]) for at, value in held) < TIME_TOLERANCE_SECONDS, store.name
    times = [at for at, _ in held]
    assert times == sorted(set(times)), store.name
    # Evenly made, so that what PromQL extrapolates to is the truth.
    (increase,) = store.query(f"increase({COUNTER}[3h] offset 10m)")
    assert float(increase["value"][1]) == pytest.approx(
        3 * 3600 * BYTES_A_SECOND, abs=TIME_TOLERANCE_SECONDS * BYTES_A_SECOND
    )
    (resets,) = store.query(f"resets({COUNTER}[40h])")
    assert float(resets["value"][1]) == 0


def test_after_a_cut_every_sample_is_there_once_and_increase_is_true(
    tmp_path: Path,
    stores: dict[str, Store],
    collector_process: Callable[..., Any],
):
    collector = collector_process("--config", str(_configure(tmp_path, stores)))
    host, port = collector.address
    for name, store in stores.items():
        text = PROMETHEUS.format(target=f"{host}:{port}", storage=WINDOW if name == "prom" else "")
        (tmp_path / f"{name}.yml").write_text(text)
        store.start()
    agent = Agent(collector)
    healed_at = time.time()
    seq = 1000

    def fresh(number: int) -> None:
        nonlocal seq
        for _ in range(number):
            seq += 1
            agent.send({seq: time.time()})
            time.sleep(1.0)

    # Healed: the newest first, so that what is live is seen first; then the backlog.
    fresh(3)
    _until(lambda: len(stores["bare"].values()) > 0, "nothing was scraped")
    backlog = {
        100 + number: healed_at - 60.0 * (BACKLOG - number) - 30.0 for number in range(BACKLOG)
    }
    ancient = {1 + number: healed_at - 30 * 3600.0 + 60.0 * number for number in range(ANCIENT)}
    agent.send(ancient | backlog)
    fresh(3)
    stores["prom"].stop()
    fresh(4)
    _until(lambda: _history(collector, "up")["prom",] == 0, "its absence is not seen")
    assert _history(collector, "lag_seconds")["prom",] > 0
    # One second of the outage is enough for the scrape to have missed what is sent now.
    fresh(1)
    stores["prom"].start()
    fresh(2)
    _until(lambda: min(_ended(collector).values()) >= len(agent.made) * SERIES, "history lags")
    _until(lambda: not any(_history(collector, "lag_seconds").values()), "history lags")
    _until(lambda: all(_history(collector, "up").values()), "a receiver is not up")

    within = {value: at for value, at in agent.made.items() if at > healed_at - 24 * 3600}
    with urllib.request.urlopen(
        f"http://127.0.0.1:{stores['vm'].port}/internal/force_flush", timeout=10
    ):
        pass
    for name in ("prom", "vm"):
        _is_whole(stores[name], within)

    dropped = _history(collector, "dropped_samples_total")
    assert dropped["prom", "too_old"] == dropped["vm", "too_old"] == ANCIENT * SERIES
    # Prometheus itself refused what is older than its window, with status 500.
    assert dropped["wide", "too_old"] == ANCIENT * SERIES
    taken = _history(collector, "samples_total")
    assert taken["prom",] == taken["vm",] == taken["wide",] == len(within) * SERIES
    assert not any(
        number
        for (name, reason), number in dropped.items()
        if name in ("prom", "vm", "wide") and reason != "too_old"
    )
    # Without a window nothing of the backlog was taken, only the present; what a scrape had
    # overtaken was refused too.
    old = {value for value, at in within.items() if at < healed_at - 20}
    bare = {value for _, value in stores["bare"].values()}
    assert bare <= within.keys() - old
    assert max(bare) == max(within)
    refused = sum(number for (name, _), number in dropped.items() if name == "bare")
    assert refused >= (len(old) + ANCIENT) * SERIES
    assert taken["bare",] + refused == (len(within) + ANCIENT) * SERIES
    assert taken["bare",] > 0
