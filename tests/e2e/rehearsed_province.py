"""A province of 226 conference points in the hour before a meeting, on a clock that is only told.

Offices are simulated and speak the real protocol to the real collector; five rooms are real SIP
endpoints on loopback, and what the centre says of them is measured by the agent's own check.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.checks.contract import Context
from agent.checks.table import load as load_check
from agent.clock import SystemClock
from agent.measuring.execute import execute
from agent.probe import sip
from collector.readiness.options import ConferenceOptions
from collector.readiness.sweeps import Again, Turns
from govnet.report import Sample
from govnet.settings import ConferenceSettings
from inventory.load import load
from simulator import faults, values
from simulator.faults import Fault
from simulator.moment import Moment
from simulator.office import SimulatedAgent
from simulator.province import turn
from tests.scenarios.centre import Centre, Clock, Line

POINTS = 226
REAL = tuple(f"xa-{number:03d}" for number in range(201, 206))
"""Sites whose rooms are real endpoints."""
PLATFORM = "hop"
REAL_SECONDS = 3.0
"""How long a real endpoint is waited for: it is on this machine, which may be busy."""
BARESIP = """\
sip_listen {address}:{port}
module_path {modules}
module account.so
module g711.so
module_app menu.so
"""


def site_name(number: int) -> str:
    return f"xa-{number:03d}"


def is_software(number: int) -> bool:
    """Whether a commune's room is a PC; every fourth has a codec."""
    return number % 4 != 0 and site_name(number) not in REAL


def inventory_of(ports: dict[str, tuple[str, int]]) -> dict[str, Any]:
    """Return the province as plain data; `ports` are the real endpoints, by site."""
    shift = [{"role": "Trực ca", "telephone": "+84 263 000 0000"}]
    sites: list[dict[str, Any]] = [
        {
            "id": "ttdl",
            "name": "Trung tâm dữ liệu tỉnh",
            "kind": "data_centre",
            "unit": "lam-dong",
            "networks": ["198.19.0.0/24"],
            "machines": [
                {
                    "id": "giam-sat",
                    "profile": "may-chu",
                    "address": "198.19.0.2",
                    "vantage": True,
                }
            ],
        }
    ]
    sites += [_commune(number, ports) for number in range(1, POINTS + 1)]
    return {
        "province": {
            "id": "lam-dong",
            "code": "68",
            "name": "Tỉnh Lâm Đồng",
            "operator": "Trung tâm Chuyển đổi số",
            "centre": "ttdl",
            "resolver_name": "www.lamdong.example",
            "reflector": {"address": "198.19.0.2"},
        },
        "report_interval_seconds": 60,
        "carriers": [{"id": "vnpt", "name": "VNPT", "contacts": shift}],
        "power_areas": [{"id": "dien-1", "name": "Điện lực 1", "contacts": shift}],
        "profiles": {
            "machines": [
                {"id": "pc", "name": "Máy tính", "role": "pc"},
                {"id": "may-chu", "name": "Máy chủ", "role": "server"},
            ]
        },
        "units": [{"id": "lam-dong", "name": "Tỉnh Lâm Đồng", "kind": "province"}],
        "services": [
            {
                "id": PLATFORM,
                "name": "Họp trực tuyến",
                "kind": "conference_platform",
                "url": "https://hop.lamdong.example/",
                "site": "ttdl",
            }
        ],
        "sites": sites,
    }


def _commune(number: int, ports: dict[str, tuple[str, int]]) -> dict[str, Any]:
    site = site_name(number)
    network = f"198.18.{number}"
    point: dict[str, Any] = {"id": "vc", "kind": "codec", "protocols": ["sip_udp", "h323"]}
    point["address"] = f"{network}.10"
    if site in ports:
        address, port = ports[site]
        point |= {"address": address, "protocols": ["sip_udp"], "ports": {"sip_udp": port}}
    elif is_software(number):
        point = {"id": "vc", "kind": "software", "machine": "pc-1", "platform": PLATFORM}
    links = [
        {
            "id": name,
            "technology": technology,
            "carrier": "vnpt",
            "gateway": f"{network}.{end}",
            "far_end": {"site": "ttdl", "address": "198.19.0.1"},
            **more,
        }
        for name, technology, end, more in (
            ("tslcd", "fiber", 1, {}),
            *([("4g", "cellular", 9, {"backup": True})] if number == BACKED else []),
        )
    ]
    devices = [{"id": "cpe", "kind": "cpe", "address": f"{network}.1", "always_on": True}]
    if number == WITH_UPS:
        devices.append({"id": "ups", "kind": "ups", "address": f"{network}.5", "snmp": "ups"})
    return {
        "id": site,
        "name": f"Trụ sở xã {number}",
        "kind": "commune",
        "unit": "lam-dong",
        "power_area": "dien-1",
        "networks": [f"{network}.0/24", *([f"{ports[site][0]}/32"] if site in ports else [])],
        "contacts": [{"role": "Văn phòng", "telephone": f"+84 263 001 {number:04d}"}],
        "links": links,
        "devices": devices,
        "machines": [{"id": "pc-1", "profile": "pc", "address": f"{network}.11", "vantage": True}],
        "conference_points": [point],
    }


BACKED, WITH_UPS = 14, 15
"""Numbers of the communes with a second circuit, and with a UPS that is asked."""


WORKS_A_MINUTE = 12
"""So often the collector judges within a minute: enough for whatever changed in it."""


class Baresip:
    """A real endpoint in a room: it can be switched off and on."""

    def __init__(self, folder: Path, address: str, port: int, modules: Path) -> None:
        program = shutil.which("baresip")
        assert program is not None, "baresip is not installed: apt-get install baresip-core"
        folder.mkdir()
        text = BARESIP.format(address=address, port=port, modules=modules)
        (folder / "config").write_text(text)
        (folder / "accounts").write_text(f"<sip:hall@{address}:{port}>;regint=0\n")
        self._command = [program, "-f", str(folder)]
        self._where = (address, port)
        self._process: subprocess.Popen[bytes] | None = None

    def switch_on(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up_at = time.monotonic() + 60
        while not sip.options(*self._where, timeout_seconds=1).alive:
            assert time.monotonic() < give_up_at, "baresip does not answer"

    def switch_off(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


class Recorder:
    """Notes who is to be checked again, and when, and has it done."""

    def __init__(self, checks: Again) -> None:
        self._checks = checks
        self.asked: list[tuple[str, float]] = []

    def ask(self, site: str, at: float, who: str) -> None:
        self._checks.ask(site, at, who)
        self.asked.append((site, at))


class RehearsedProvince:
    """All offices with the collector; `script` is what breaks when (seconds from `begins`)."""

    def __init__(
        self,
        folder: Path,
        plain: dict[str, Any],
        script: Iterable[Fault],
        begins: float,
        options: ConferenceOptions,
    ) -> None:
        file = folder / "province.yaml"
        file.write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
        self.clock = Clock(begins)
        self.begins = begins
        self.script = tuple(script)
        self.centre = Centre(file, None, self.clock, options)
        self._agents = [
            SimulatedAgent(identity, machine) for identity, machine in self.centre.enrol(load(file))
        ]
        self.centre.start()
        desk = self.centre.conferences
        self.again = Recorder(desk.turns.again)
        desk.turns = Turns(desk.options, self.again)
        self._line = Line(self.centre)

    def minutes(self, number: int) -> Iterator[float]:
        """Let that many minutes pass, every agent with its turn in each; yield after each."""
        for _ in range(number):
            start = self.clock.now
            moment = faults.at(self.script, start - self.begins)
            for index, agent in enumerate(self._agents):
                self.clock.now = start + 45.0 * index / len(self._agents)
                turn(agent, moment, self._line, self.clock.now, self.clock.now - self.begins)
            # It judges once a second; of sites that wait it takes a few each time.
            for second in range(WORKS_A_MINUTE, 0, -1):
                self.clock.now = start + 60.0 - second + 1
                self.centre.work()
            yield self.clock.now


def measure_for_real(monkeypatch: pytest.MonkeyPatch, sites: Iterable[str]) -> None:
    """Let agents of this process ask these sites' points as a real agent does."""
    targets = {f"{site}/vc" for site in sites}
    simulated: Callable[[Any, Moment], Iterator[Sample]] = values._MEASURED[ConferenceSettings]

    def look(check: ConferenceSettings, moment: Moment) -> Iterator[Sample]:
        if check.target not in targets:
            yield from simulated(check, moment)
            return
        clock = SystemClock()
        deadline = clock.monotonic() + REAL_SECONDS
        context = Context(timeout_seconds=REAL_SECONDS, deadline=deadline, clock=clock)
        yield from execute(load_check, check, context).samples

    monkeypatch.setitem(values._MEASURED, ConferenceSettings, look)  # type: ignore[arg-type]
