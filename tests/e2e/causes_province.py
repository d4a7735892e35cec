"""A small province with everything real: agents, collector, Prometheus, Alertmanager, a mailbox.

Four offices on two carriers. The programs of the centre run in its namespace, agents each in their
own (`tests.e2e.causes_network`); agents come to the collector over their lines and by TLS.
"""

import email.policy
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from collector import agent_toml
from collector.store import open_store
from collector.store.registry import enrol_all
from inventory.load import load
from tests.e2e.alert_chain import (
    OF_NO_ACCOUNT,
    alertmanager_config,
    as_text,
    prometheus_config,
)
from tests.e2e.causes_inventory import INTERVAL_SECONDS, PLACES, inventory_text
from tests.e2e.causes_network import CENTRE_ADDRESS, Computer, Wires

ROOT = Path(__file__).parents[2]
COLLECTOR = "https://127.0.0.1:8470"
PROMETHEUS = "http://127.0.0.1:9090"
ALERTMANAGER = "http://127.0.0.1:9093"
MAIL_PORT, HOOK_PORT = 2525, 8480
DUTY = "truc-tinh@lamdong.example"


@dataclass
class Province:
    """The running province, and how to ask it."""

    folder: Path
    wires: Wires = field(default_factory=Wires)
    computers: dict[str, Computer] = field(default_factory=dict)
    _programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start everything; wait until the collector knows everybody."""
        self.wires.build(PLACES)
        (self.folder / "inventory.yaml").write_text(inventory_text(), encoding="utf-8")
        self._govnet("tls", "init", "--name", CENTRE_ADDRESS)
        machines = self._enrol()
        self._start_centre()
        for machine, room in machines.items():
            self.computers[machine] = Computer(self.wires, room, self.folder / machine)
            self.switch_on(machine)

    def _enrol(self) -> dict[str, str]:
        """Write every agent's configuration; return by machine the namespace where it stands."""
        rooms = {
            f"{one.name}/pc-{number}": f"{one.name}.{number}"
            for one in PLACES
            for number in range(1, one.machines + 1)
        } | {"ttdl/giam-sat": "centre"}
        store = open_store(self.folder / "data")
        try:
            wanted = [(site, name) for site, _, name in (one.partition("/") for one in rooms)]
            keys = enrol_all(store, load(self.folder / "inventory.yaml"), wanted, time.time())
        finally:
            store.close()
        found = {}
        for (machine, room), key in zip(rooms.items(), keys, strict=True):
            name = machine.replace("/", ".")
            (self.folder / name).mkdir()
            url, ca = f"https://{CENTRE_ADDRESS}:8470", str(self.folder / "data/tls/ca.pem")
            lines = [
                f'state_dir = "{self.folder / name / "state"}"',
                *agent_toml.lines(key, url, ca),
            ]
            (self.folder / name / "agent.toml").write_text("\n".join(lines))
            found[name] = room
        return found

    def _start_centre(self) -> None:
        """Start the programs of the centre; wait until they answer."""
        python, data = sys.executable, self.folder / "data"
        self._run(
            "mail",
            *(python, "-m", "aiosmtpd", "--nosetuid", "--listen", f"127.0.0.1:{MAIL_PORT}"),
            *("--class", "aiosmtpd.handlers.Mailbox", str(self.folder / "mail")),
        )
        self._run(
            "collector",
            *(python, "-m", "collector.cli", "serve", "--data", str(data)),
            *("--inventory", str(self.folder / "inventory.yaml"), "--listen", "0.0.0.0:8470"),
        )
        alertmanager = alertmanager_config(self.folder, MAIL_PORT, HOOK_PORT)
        _all_day(alertmanager)
        self._run(
            "alertmanager",
            *("prometheus-alertmanager", f"--config.file={alertmanager}"),
            *(f"--storage.path={self.folder / 'alertmanager'}", "--cluster.listen-address="),
            *(f"--web.listen-address={_host(ALERTMANAGER)}", "--log.level=warn"),
        )
        prometheus = prometheus_config(self.folder, COLLECTOR, ALERTMANAGER)
        text = re.sub(r"# (tls_config:|  ca_file:)", r"\1", prometheus.read_text())
        ca = str(data / "tls/ca.pem")
        prometheus.write_text(text.replace("/etc/prometheus/govnet-ca.pem", ca))
        self._run(
            "prometheus",
            *("prometheus", f"--config.file={prometheus}", "--log.level=warn"),
            *(f"--storage.tsdb.path={self.folder / 'tsdb'}",),
            f"--web.listen-address={_host(PROMETHEUS)}",
        )
        for url in (f"{COLLECTOR}/readyz", f"{ALERTMANAGER}/-/ready", f"{PROMETHEUS}/-/ready"):
            self.wait(url, lambda url=url: bool(self.get(url)))

    def close(self) -> None:
        """End everything."""
        for computer in self.computers.values():
            computer.lose_power()
        for program in reversed(self._programs):
            program.terminate()
        for program in self._programs:
            program.wait(60)
        self.wires.close()

    def heal(self) -> None:
        """Mend what is cut, and boot what is off."""
        self.wires.mend(*self.wires.segments)
        for machine, computer in self.computers.items():
            if not computer.is_on:
                self.switch_on(machine)

    def switch_on(self, machine: str) -> None:
        """Boot a PC with its agent."""
        config = self.folder / machine / "agent.toml"
        command = (sys.executable, "-m", "agent.cli", "run", "--config", str(config))
        self.computers[machine].start(*command)

    def machines_of(self, site: str) -> list[str]:
        """Return the PCs of a site."""
        return [machine for machine in self.computers if machine.startswith(f"{site}.")]

    def get(self, url: str) -> str:
        """Return what an address of the centre answers, "" if it does not."""
        ca = str(self.folder / "data/tls/ca.pem")
        command = ("curl", "-sS", "--fail", "--max-time", "10", "--cacert", ca, url)
        done = subprocess.run(
            [*self.wires.within("centre"), *command], capture_output=True, text=True, check=False
        )
        return done.stdout

    def metrics(self) -> dict[str, float]:
        """Return the verdicts as Prometheus gets them, by series."""
        lines = self.get(f"{COLLECTOR}/metrics/verdicts").splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {series: float(value) for series, _, value in pairs}

    def states(self) -> dict[str, str]:
        """Return by site what is believed now: status, and the cause if there is one."""
        found: dict[str, str] = {}
        for series, value in sorted(self.metrics().items(), reverse=True):
            said = re.fullmatch(r'govnet_site_(status|cause)\{site="(.+)",\1="(.+)"\}', series)
            if said and value == 1:
                found[said[2]] = f"{found[said[2]]} {said[3]}" if said[2] in found else said[3]
        return found

    def measuring(self) -> int:
        """Return how many agents work by their settings (before, they report at their own pace).

        Only those count whose last report is no older than an interval: of who is late when
        a line is cut, the others say rightly that they outlived it.
        """
        times = re.findall(
            r"^govnet_machine_cpus\{.*\} \S+ (\d+)$", self.get(f"{COLLECTOR}/metrics"), re.MULTILINE
        )
        oldest_ms = (time.time() - INTERVAL_SECONDS) * 1000
        return sum(int(at) >= oldest_ms for at in times)

    def alerts(self) -> list[str]:
        """Return the alerts that are not over and say something of sites."""
        answer = json.loads(self.get(f"{PROMETHEUS}/api/v1/alerts") or '{"data": {"alerts": []}}')
        names = [alert["labels"]["alertname"] for alert in answer["data"]["alerts"]]
        return sorted(name for name in names if name not in OF_NO_ACCOUNT)

    def mails(self) -> list[EmailMessage]:
        """Return every mail received so far, in order."""
        files = sorted(
            (self.folder / "mail/new").glob("*"), key=lambda file: file.stat().st_mtime_ns
        )
        read = email.message_from_bytes
        found = [read(file.read_bytes(), policy=email.policy.default) for file in files]
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    def outages(self, item: str) -> list[dict[str, Any]]:
        """Return the outages of an item as `govnet outages` tells them, with beliefs."""
        listed = json.loads(self._govnet("outages", "list", "--item", item, "--json"))
        numbers = [str(one["number"]) for one in listed]
        return [json.loads(self._govnet("outages", "show", number, "--json")) for number in numbers]

    def send_digest(self) -> None:
        """Send the digest as of now, as every morning at 07:00."""
        inventory = str(self.folder / "inventory.yaml")
        self._govnet("digest", "--send", "--inventory", inventory)

    def _govnet(self, *command: str) -> str:
        done = subprocess.run(
            [
                *self.wires.within("centre"),
                *(sys.executable, "-m", "collector.cli", *command),
                *("--data", str(self.folder / "data")),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            started = subprocess.Popen(
                [*self.wires.within("centre"), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
        self._programs.append(started)

    def wait(self, what: str, holds: Callable[[], bool], within_seconds: float = 90.0) -> float:
        """Wait until it holds; return how long that took."""
        started = time.monotonic()
        while time.monotonic() - started < within_seconds:
            if holds():
                return time.monotonic() - started
            time.sleep(0.3)  # The next question; what counts is the condition.
        subjects = [str(mail["Subject"]) for mail in self.mails()]
        log = (self.folder / "collector.log").read_text()[-1500:]
        raise AssertionError(
            f"not within {within_seconds:g} s: {what}; sites {self.states()};"
            f" alerts {self.alerts()}; mails {subjects}\n{log}"
        )


def readable(mail: EmailMessage) -> str:
    """Return what a person sees of a mail, without the times of this test run."""
    text = re.sub(r"\d\d/\d\d/\d{4} \d\d:\d\d", "GIỜ", as_text(mail))
    return re.sub(r"\d\d:\d\d ngày \d\d/\d\d/\d{4}", "GIỜ", text)


def _host(url: str) -> str:
    return url.removeprefix("http://")


def _all_day(alertmanager: Path) -> None:
    """Let what is only minor be mailed at any hour of the day."""
    text = alertmanager.read_text("utf-8")
    shipped = (
        '- weekdays: ["monday:friday"]\n        times: [{start_time: "07:00", end_time: "17:30"}]'
    )
    assert shipped in text
    always = '- times: [{start_time: "00:00", end_time: "24:00"}]'
    alertmanager.write_text(text.replace(shipped, always), "utf-8")
