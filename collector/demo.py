"""`govnet demo`: a whole province on this machine, nothing else needed.

Starts the collector, a simulator that speaks the real protocol for every site, and one real agent
that measures this machine; with `--prometheus` also a real Prometheus with our rules. All listen on
loopback, all data lies in a temporary folder, and Ctrl-C ends everything that was started.
"""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import yaml

from collector.access import make_link
from collector.registry import NewKey, enrol
from collector.store import Store, open_store
from govnet.errors import ConfigError
from inventory.load import load
from inventory.model import Inventory, Lan, Lifecycle, Site

REPORT_INTERVAL_SECONDS = 5.0
START_SECONDS = 30.0
STOP_SECONDS = 15.0
COUNTED_PER_SITE = 2
"""Simulated machines of a site's declared number, beside those declared one by one."""
REAL_MACHINE = "may-nay"
"""Name of this machine among those of the centre."""


@dataclass(slots=True)
class Demo:
    """What was asked for on the command line; port 0 takes a free one."""

    inventory: Path
    port: int
    prometheus: bool
    prometheus_port: int
    rules: Path
    children: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def run(self) -> int:
        """Run until Ctrl-C, SIGTERM or the end of a child; return the exit status.

        Raises ConfigError when something needed is missing or wrong.
        """
        inventory = load(self.inventory)
        program = self._prometheus_program()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="govnet-demo-")))
            stack.enter_context(_ended_by_signals())
            stack.callback(self._stop_all)
            try:
                self._start(inventory, folder, program)
                return self._wait()
            except KeyboardInterrupt:
                print("\nĐang dừng mọi thứ đã khởi động...", flush=True)
                return 0

    def _start(self, inventory: Inventory, folder: Path, prometheus: str | None) -> None:
        port = self.port or _free_port()
        url = f"http://127.0.0.1:{port}"
        print(f"Chuẩn bị {inventory.province.name}: {len(inventory.sites)} điểm...", flush=True)
        store = open_store(folder / "data")
        try:
            simulated, real = _enrol_all(store, inventory)
            link = make_link(store, time.time())
        finally:
            store.close()
        _write_private(folder / "agents.json", json.dumps([_credentials(key) for key in simulated]))
        _write_private(folder / "agent.toml", _agent_toml(real, url, folder / "agent"))

        print("Khởi động trung tâm...", flush=True)
        self._spawn(
            "collector",
            [
                *("-m", "collector.cli", "serve", "--inventory", str(self.inventory)),
                *("--data-dir", str(folder / "data"), "--listen", f"127.0.0.1:{port}"),
                *("--report-interval", str(REPORT_INTERVAL_SECONDS)),
            ],
        )
        self._until_ready(url)
        print(f"Khởi động {len(simulated)} tác tử mô phỏng và 1 tác tử thật...", flush=True)
        self._spawn(
            "simulator",
            [
                *("-m", "simulator.cli", "--collector", url, "--faults", "demo"),
                *("--agents", str(folder / "agents.json")),
            ],
        )
        self._spawn("agent", ["-m", "agent.cli", "run", "--config", str(folder / "agent.toml")])
        if prometheus is not None:
            self._start_prometheus(prometheus, folder, url)
        print(
            f"\nMở trang này (liên kết dùng một lần):\n\n    {url}/login?once={link}\n\n"
            f"Chỉ số cho Prometheus: {url}/metrics\n"
            "Vài điểm sẽ hỏng theo kịch bản sau khoảng 30 giây. Nhấn Ctrl-C để dừng tất cả.",
            flush=True,
        )

    def _prometheus_program(self) -> str | None:
        if not self.prometheus:
            return None
        program = shutil.which("prometheus")
        if program is None:
            raise ConfigError(
                ["--prometheus: expected prometheus on PATH; try apt-get install prometheus"]
            )
        if not list(self.rules.glob("*.yml")):
            raise ConfigError([f"--rules: expected a folder with *.yml rules, found {self.rules}"])
        return program

    def _start_prometheus(self, program: str, folder: Path, url: str) -> None:
        port = self.prometheus_port or _free_port()
        config = folder / "prometheus.yml"
        config.write_text(prometheus_config(url, self.rules.resolve()), encoding="utf-8")
        self._spawn_program(
            "prometheus",
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
        )
        print(f"Prometheus: http://127.0.0.1:{port}/alerts", flush=True)

    def _spawn(self, name: str, arguments: list[str]) -> None:
        self._spawn_program(name, [sys.executable, *arguments])

    def _spawn_program(self, name: str, command: list[str]) -> None:
        # A group of its own: Ctrl-C reaches only the demo, which then stops all in order.
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
        self.children.append((name, child))

    def _until_ready(self, url: str) -> None:
        ends_at = time.monotonic() + START_SECONDS
        with requests.Session() as session:
            session.trust_env = False
            while time.monotonic() < ends_at:
                self._refuse_dead_child()
                try:
                    if session.get(f"{url}/readyz", timeout=2).ok:
                        return
                except requests.ConnectionError:
                    pass
                time.sleep(0.1)
        raise ConfigError([f"the collector did not get ready within {START_SECONDS:g} s"])

    def _refuse_dead_child(self) -> None:
        for name, child in self.children:
            if child.poll() is not None:
                raise ConfigError([f"{name}: ended by itself with status {child.returncode}"])

    def _wait(self) -> int:
        while True:
            self._refuse_dead_child()
            time.sleep(0.5)

    def _stop_all(self) -> None:
        for _, child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()


def prometheus_config(url: str, rules: Path) -> str:
    """Return a configuration that scrapes the collector at `url` every five seconds."""
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
            "rule_files": [str(rules / "*.yml")],
            "scrape_configs": [
                {
                    "job_name": "govnet",
                    "honor_timestamps": True,
                    "http_sd_configs": [
                        {"url": f"{url}/v1/sd/prometheus", "refresh_interval": "10s"}
                    ],
                    "metric_relabel_configs": [{"action": "labeldrop", "regex": "instance"}],
                }
            ],
        },
        sort_keys=False,
    )


def _enrol_all(store: Store, inventory: Inventory) -> tuple[list[NewKey], NewKey]:
    """Give keys to the simulated machines of every site, and one to this machine."""
    now = time.time()
    simulated = [
        enrol(store, inventory, site.id, machine, now)
        for site in inventory.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE
        for machine in _simulated_machines(site)
    ]
    return simulated, enrol(store, inventory, inventory.province.centre, REAL_MACHINE, now)


def _simulated_machines(site: Site) -> Iterator[str | None]:
    """Yield names of machines to simulate; None takes a place of the site's number."""
    for machine in site.machines:
        if machine.lifecycle is Lifecycle.ACTIVE:
            yield machine.id.partition("/")[2]
    counted = sum(count.count for count in site.machine_counts if not count.exempt)
    if site.lan is not Lan.NONE:
        yield from (None for _ in range(min(counted, COUNTED_PER_SITE)))


def _credentials(key: NewKey) -> dict[str, str]:
    return {
        "agent": key.identity.agent,
        "machine": key.identity.machine,
        "key_id": key.key,
        "key": key.secret.hex(),
    }


def _agent_toml(key: NewKey, url: str, state_dir: Path) -> str:
    return (
        f'collectors = ["{url}"]\n'
        f'state_dir = "{state_dir}"\n\n'
        "[identity]\n"
        f'agent = "{key.identity.agent}"\n'
        f'key_id = "{key.key}"\n'
        f'key = "{key.secret.hex()}"\n'
    )


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
