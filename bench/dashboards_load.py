"""How long the overview takes of a real Prometheus that holds a province of 6,000 machines.

Its storage is filled with `promtool tsdb create-blocks-from openmetrics`: a day of what the
overview shows over time, as often as it is scraped, and the newest ten minutes of what the rules
read of every machine. Then every query of the dashboard is asked as a browser asks it: the
variables one after the other, the panels six at a time.
"""

import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import TypeAlias

import requests

from bench.figures import Comparison, Figure, middle
from bench.processes import BenchError, free_port, listens, program, running, until
from dashboards.source.asking import Prometheus, Span, chosen, series_of
from dashboards.source.files import ROOT
from dashboards.source.queries import Asked, Json, filled, queries
from govnet.catalogue import CAUSES, STATUSES

SITES, MACHINES = 226, 6_000
SCRAPE_SECONDS, RULE_SECONDS, REPORT_SECONDS = 15, 60, 60
DAY_SECONDS, NEWEST_SECONDS = 86_400, 600
LEVELS = ("commune", "ward", "agency", "sub_unit")
OUTAGES = 300
GOAL_SECONDS = 1.0
AT_A_TIME = 6
"""Connections that a browser opens to one server."""
RULES_SECONDS = 100.0
"""Longest wait for each rule to be evaluated once."""

Value: TypeAlias = Callable[[int, float], float]
"""A sample's value by its series' index and the time."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its series, for how long, how often, and what values they take."""

    name: str
    labels: tuple[str, ...]
    seconds: int
    step: int
    value: Value

    def lines(self, end: int) -> Iterator[str]:
        """Yield its samples in OpenMetrics text, series after series."""
        for index, labels in enumerate(self.labels):
            for at in range(end - self.seconds, end, self.step):
                yield f"{self.name}{{{labels}}} {self.value(index, at):g} {at}\n"


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Fill a Prometheus, ask it; there is no peer."""
    sites, machines, day = (20, 200, 3_600) if quick else (SITES, MACHINES, DAY_SECONDS)
    board = json.loads((ROOT / "Toàn tỉnh/toan-tinh.json").read_text("utf-8"))
    end = int(time.time())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples = fill(folder, families(sites, machines, day), end)
        address = f"127.0.0.1:{(port := free_port())}"
        (folder / "prometheus.yml").write_text(
            f"rule_files: [{ROOT.parent}/deploy/prometheus/rules/*.yml]\n"
            "global: {evaluation_interval: 15s}\n"
        )
        command = [
            *(program("prometheus"), f"--config.file={folder / 'prometheus.yml'}"),
            *(f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"),
            *("--storage.tsdb.retention.time=400d", "--log.level=warn"),
        ]
        with running(command) as server:
            url = f"http://{address}"
            until(lambda: listens(port), "prometheus")
            until(lambda: is_ready(url), "prometheus")
            span = Span(float(end), range_seconds=day)
            rules_seconds = evaluated(url)
            found, spent = [], []
            for _ in range(rounds):
                before = server.cpu_seconds()
                found.append(loaded(url, board, span))
                spent.append(server.cpu_seconds() - before)
    wholes = [seconds for seconds, _ in found]
    slowest = [max(parts.values()) for _, parts in found]
    worst = max(found[-1][1], key=lambda asked: found[-1][1][asked])
    asked = len(found[-1][1])
    return [
        Comparison(
            "Overview dashboard",
            "-",
            (
                Figure("all of it", "s", middle(wholes), most=GOAL_SECONDS),
                Figure("the slowest query", "s", middle(slowest)),
                Figure("CPU of Prometheus meanwhile", "s", middle(spent)),
                Figure("all rules, once", "s", rules_seconds, most=REPORT_SECONDS / 4),
            ),
            (
                (
                    f"{sites:,} sites, {machines:,} machines, {samples:,} samples in storage: "
                    f"{day // 3600} h of what is shown over time, {NEWEST_SECONDS // 60} min of "
                    "what is asked for the present and of what the rules read."
                ),
                (
                    f"{asked} queries of panels, {AT_A_TIME} at a time, after the variables; the "
                    f"range is {day // 3600} h. The slowest: {worst.panel} / {worst.ref}."
                ),
                (
                    f"Medians of {rounds} rounds on one Prometheus, which evaluates the rules "
                    "meanwhile. Its answers are read and parsed; what Grafana and a browser do "
                    "with them is not in it."
                ),
            ),
        )
    ]


def families(sites: int, machines: int, day: int) -> Iterator[Family]:
    """Yield what the overview shows, and what its rules read of every machine."""
    rng = random.Random(1)
    names = [f"diem-{number}" for number in range(sites)]
    of_sites = tuple(f'site="{name}"' for name in names)
    for state in ("declared", "enrolled", "reporting"):
        metric = f"province:govnet_site_machines_{state}:sum"
        yield Family(metric, ('province=""',), day, SCRAPE_SECONDS, lambda _, at: 5_000 + at % 700)
    yield Family(
        "govnet_site_info",
        tuple(
            f'site="{name}",site_name="Trụ sở {name}",unit="don-vi-{index // 2}",'
            f'unit_name="Đơn vị {index // 2}",unit_kind="{LEVELS[index % len(LEVELS)]}",'
            f'carrier="vnpt",cluster="cum",power_area="khu-{index % 30}"'
            for index, name in enumerate(names)
        ),
        NEWEST_SECONDS,
        SCRAPE_SECONDS,
        lambda *_: 1.0,
    )
    # One site in ten goes down for a while, each at a time of its own.
    yield Family(
        "site:govnet_site_status:code1m",
        of_sites,
        day,
        RULE_SECONDS,
        lambda index, at: 2.0 if index % 10 == 0 and (at // 3600) % 24 == index % 24 else 0.0,
    )
    statuses = tuple(f'status="{status}"' for status in STATUSES)
    yield Family(
        "province:govnet_site_status:count", statuses, day, SCRAPE_SECONDS, lambda index, _: index
    )
    ratio = "province:govnet_site_machines_reporting:ratio"
    yield Family(ratio, ('province=""',), day, SCRAPE_SECONDS, lambda *_: 0.9)
    yield from _now(names, of_sites, rng)
    yield from _of_machines(names, machines)


def _now(names: list[str], of_sites: tuple[str, ...], rng: random.Random) -> Iterator[Family]:
    """Yield what is asked for the present alone."""

    def newest(metric: str, labels: tuple[str, ...], value: Value) -> Family:
        return Family(metric, labels, NEWEST_SECONDS, SCRAPE_SECONDS, value)

    yield newest(
        "govnet_site_status",
        tuple(f'{site},status="{status}"' for site in of_sites for status in STATUSES),
        lambda index, _: float(index % len(STATUSES) == 0),
    )
    yield newest("govnet_site_status_since_timestamp_seconds", of_sites, lambda _, at: at - 4_000)
    yield newest("site:govnet_site_status:code", of_sites, lambda i, _: 2.0 if i % 10 == 0 else 0.0)
    for state in ("declared", "exempt", "enrolled", "reporting"):
        yield newest(f"govnet_site_machines_{state}", of_sites, lambda *_: 25.0)
    yield newest("govnet_site_blind", of_sites, lambda index, _: float(index % 20 == 0))
    yield newest("govnet_collector_verdict_timestamp_seconds", ('job="govnet"',), lambda _, at: at)
    yield newest(
        "govnet_site_location_degrees",
        tuple(f'{site},axis="{axis}"' for site in of_sites for axis in ("latitude", "longitude")),
        lambda index, _: 11.0 + index / 500,
    )
    yield newest(
        "govnet_site_explanation_info",
        tuple(
            f'{site},since="07:15",cause_text="Mất điện",evidence="UPS báo mất điện lưới.",'
            'advice="Hỏi điện lực.",call="Trực"'
            for site in of_sites[::10]
        ),
        lambda *_: 1.0,
    )
    yield newest("govnet_cause_sites", tuple(f'cause="{one}"' for one in CAUSES), lambda *_: 3.0)
    event = 'event="20261129T0620Z-0b34"'
    more = 'where="Tỉnh",since="07:15",cause_text="Mất điện",evidence="-",advice="-",call="Trực"'
    yield newest("govnet_event_explanation_info", (f"{event},{more}",), lambda *_: 1.0)
    yield newest("govnet_event_sites", (f'{event},cause="power"',), lambda *_: 8.0)
    outages = [f'outage="{number}",{{0}}' for number in range(OUTAGES)]
    where = [f'site="{name}",item="{name}"' for name in rng.choices(names, k=OUTAGES)]
    ids = tuple(one.format(place) for one, place in zip(outages, where, strict=True))
    yield newest(
        "govnet_outage_info",
        tuple(f'{one},kind="site",cause="power",confirmed_cause="",corrected="0"' for one in ids),
        lambda *_: 1.0,
    )
    code = "outage:govnet_outage_info:cause_code"
    yield newest(code, tuple(f'{one},kind="site"' for one in ids), lambda *_: 1.0)
    start = "govnet_outage_start_timestamp_seconds"
    began = time.time()
    yield newest(start, ids, lambda index, _: began - 280.0 * (index + 1))
    end = "govnet_outage_end_timestamp_seconds"
    yield newest(end, ids[5:], lambda index, _: began - 280.0 * (index + 6) + 900)


def _of_machines(names: list[str], machines: int) -> Iterator[Family]:
    """Yield what the rules read of every machine."""
    ids = tuple(
        f'site="{names[number % len(names)]}",machine="{names[number % len(names)]}/pc-{number}"'
        for number in range(machines)
    )

    def measured(metric: str, value: float, more: tuple[str, ...] = ("",)) -> Family:
        labels = tuple(f"{one}{extra}" for one in ids for extra in more)
        grows = metric.endswith("_total")

        def at_time(_: int, at: float) -> float:
            return at * value if grows else value

        return Family(metric, labels, NEWEST_SECONDS, REPORT_SECONDS, at_time)

    modes = tuple(f',mode="{mode}"' for mode in ("user", "system", "idle", "iowait"))
    checks = tuple(
        f',check="{check}",target="t"' for check in ("machine", "lan", "link", "facts", "agent")
    )
    yield measured("govnet_machine_health_code", 0)
    yield measured("govnet_machine_cpu_seconds_total", 0.25, modes)
    for metric, value in (
        ("govnet_machine_memory_size_bytes", 8e9),
        ("govnet_machine_memory_available_bytes", 3e9),
        ("govnet_machine_reboot_pending", 0),
        ("govnet_machine_network_receive_bytes_total", 4e4),
        ("govnet_machine_network_transmit_bytes_total", 9e3),
        ("govnet_facts_antivirus_on", 1),
        ("govnet_facts_firewall_on", 1),
        ("govnet_facts_os_support_end_timestamp_seconds", 1.8e9),
        ("govnet_lan_gateway_reachable", 1),
        ("govnet_lan_peers_seen", 2),
        ("govnet_lan_peers_assigned", 2),
        ("govnet_lan_resolvers", 2),
        ("govnet_lan_resolvers_answering", 2),
        ("govnet_agent_spool_waiting_reports", 1),
        ("govnet_agent_spool_dropped_reports_total", 0),
        ("govnet_agent_send_failures_total", 0),
        ("govnet_agent_resident_memory_bytes", 26e6),
        ("govnet_agent_clock_skew_seconds", 0.1),
    ):
        yield measured(metric, value)
    for metric in ("govnet_machine_disk_size_bytes", "govnet_machine_disk_free_bytes"):
        yield measured(metric, 2e11, (',disk="C:"',))
    yield measured("govnet_machine_info", 1, (',os="Windows 10",os_build="19045"',))
    yield measured("govnet_agent_info", 1, (',version="0.1.0",platform="windows"',))
    yield measured("govnet_agent_path_in_use", 1, (',path="tslcd"', ',path="internet"'))
    yield measured("govnet_check_success", 1, checks)


def fill(folder: Path, given: Iterator[Family], end: int) -> int:
    """Write everything into a storage below `folder`; return the number of samples."""
    text = folder / "samples.txt"
    samples = 0
    with text.open("w", encoding="utf-8") as file:
        for family in given:
            lines = list(family.lines(end))
            samples += len(lines)
            file.writelines(lines)
        file.write("# EOF\n")
    made = run(
        [
            *(program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--quiet"),
            *(str(text), str(folder / "data")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise BenchError(f"promtool: {made.stderr[-500:]}")
    text.unlink()
    return samples


def is_ready(url: str) -> bool:
    """Whether Prometheus has read its storage."""
    return requests.get(f"{url}/-/ready", timeout=10, proxies={"http": ""}).ok


def loaded(url: str, board: Json, span: Span) -> tuple[float, dict[Asked, float]]:
    """Ask everything as a browser does; return the seconds, and those of each query."""
    own = threading.local()

    def ask(asked: Asked) -> tuple[Asked, float]:
        if not hasattr(own, "prometheus"):
            own.prometheus = Prometheus(url)
        began = time.perf_counter()
        series = series_of(own.prometheus, asked, filled(asked.expr, values), span)
        seconds = time.perf_counter() - began
        if not series:
            raise BenchError(f"{asked.where}: nothing to show")
        return asked, seconds

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        began = time.perf_counter()
        values, _ = chosen(Prometheus(url), board, span)
        parts = dict(pool.map(ask, queries(board)))
        return time.perf_counter() - began, parts


def evaluated(url: str) -> float:
    """Return the seconds that one evaluation of all rules takes, once each was."""

    def groups() -> list[Json]:
        answer = requests.get(f"{url}/api/v1/rules", timeout=10, proxies={"http": ""})
        return list(answer.json()["data"]["groups"])

    def all_were() -> bool:
        # What is evaluated once an hour is not waited for.
        return all(
            not group["lastEvaluation"].startswith("0001")
            for group in groups()
            if group["interval"] <= REPORT_SECONDS
        )

    until(all_were, "the rules", RULES_SECONDS)
    return float(sum(group["evaluationTime"] for group in groups()))
