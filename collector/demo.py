"""`govnet demo`: a whole province on this machine, nothing else needed.

Starts the collector, a simulator that speaks the real protocol for every site, and one real agent
that measures this machine; with `--prometheus` also a real Prometheus with our rules. All listen on
loopback, all data lies in a temporary folder, and Ctrl-C ends everything that was started.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import yaml

from collector.children import Children
from collector.derivation.credentials import needed
from collector.store import open_store
from collector.store.registry import NewKey, enrol_all
from collector.web.access import make_link
from govnet.errors import ConfigError, GovnetError
from inventory.load import load
from inventory.model import Inventory, Lan, Lifecycle, Site

REPORT_INTERVAL_SECONDS = 10.0
SCRAPE_INTERVAL = "10s"
READY_SECONDS = 60.0
"""Longest wait for one server; half a second is usual, a busy machine takes longer."""
COUNTED_PER_SITE = 2
"""Simulated machines of a site's declared number, beside those declared one by one."""
REAL_MACHINE = "may-nay"
"""Name of this machine among those of the centre."""
STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, a service manager, a closed terminal (not on Windows)."""


class _Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """A signal asked the demo to end."""


@dataclass(slots=True)
class Demo:
    """What was asked for on the command line; port 0 takes a free one."""

    inventory: Path
    port: int
    prometheus: bool
    prometheus_port: int
    rules: Path
    _children: Children = field(default_factory=Children)
    _asked_to_stop: bool = False

    def run(self) -> int:
        """Run until Ctrl-C, SIGTERM or SIGHUP; return the exit status.

        Raises ConfigError when something needed is missing or wrong, GovnetError when something
        that was started ends by itself.
        """
        with ExitStack() as stack:
            stack.enter_context(self._signals_noted())
            inventory = load(self.inventory)
            program = self._prometheus_program()
            port = _port("--port", self.port)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="govnet-demo-")))
            stack.callback(self._children.stop)
            try:
                self._start(inventory, folder, f"http://127.0.0.1:{port}", program)
                while True:
                    self._pause(0.5)
            except _Stopped:
                print("\nĐang dừng mọi thứ đã khởi động...", flush=True)
        print("Đã dừng.", flush=True)
        return 0

    def _start(self, inventory: Inventory, folder: Path, url: str, prometheus: str | None) -> None:
        simulated = list(_simulated_machines(inventory))
        _say(f"{inventory.province.name}: {len(inventory.sites)} điểm. Cấp khoá cho các tác tử...")
        link = _prepare(inventory, simulated, folder, url)
        self._pause(0)

        _say("Khởi động trung tâm...")
        self._start_module(
            "collector",
            *("collector.cli", "serve", "--config", str(folder / "collector.toml")),
            *("--inventory", str(self.inventory)),
            *("--data-dir", str(folder / "data"), "--listen", url.removeprefix("http://")),
            *("--report-interval", str(REPORT_INTERVAL_SECONDS), "--log-level", "warning"),
        )
        self._until_ready(f"{url}/readyz")

        _say(f"Khởi động {len(simulated)} tác tử mô phỏng và 1 tác tử thật đo chính máy này...")
        self._start_module(
            "simulator",
            *("simulator.cli", "--collector", url, "--faults", "demo"),
            *("--agents", str(folder / "agents.json")),
        )
        self._start_module(
            "agent",
            *("agent.cli", "run", "--config", str(folder / "agent.toml")),
            *("--log-level", "warning"),
        )
        if prometheus is not None:
            self._start_prometheus(prometheus, folder, url)
        _say(
            f"\nMở trang này (liên kết dùng một lần):\n\n    {url}/login?once={link}\n\n"
            f"Liên kết khác: {_program()} login-link --data {folder / 'data'}\n"
            f"Chỉ số cho Prometheus: {url}/metrics\n"
            "Trong một phút đầu, vài điểm sẽ hỏng theo kịch bản. Nhấn Ctrl-C để dừng tất cả."
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
        # Fails before anything is started.
        self.prometheus_port = _port("--prometheus-port", self.prometheus_port)
        return program

    def _start_prometheus(self, program: str, folder: Path, url: str) -> None:
        _say("Khởi động Prometheus...")
        config = folder / "prometheus.yml"
        config.write_text(prometheus_config(url, self.rules.resolve()), encoding="utf-8")
        address = f"127.0.0.1:{self.prometheus_port}"
        self._children.start(
            "prometheus",
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address={address}",
                "--log.level=warn",
            ],
        )
        self._until_ready(f"http://{address}/-/ready")
        _say(f"Prometheus: http://{address}/alerts")

    def _start_module(self, name: str, *arguments: str) -> None:
        self._children.start(name, [sys.executable, "-m", *arguments])

    def _until_ready(self, url: str) -> None:
        ends_at = time.monotonic() + READY_SECONDS
        with requests.Session() as session:
            # A proxy of the environment has no way to our loopback.
            session.trust_env = False
            while time.monotonic() < ends_at:
                self._pause(0.1)
                try:
                    if session.get(url, timeout=2).ok:
                        return
                except requests.RequestException:
                    continue
        raise GovnetError(f"{url}: not ready within {READY_SECONDS:g} s")

    def _pause(self, seconds: float) -> None:
        """Wait; raises _Stopped if a signal came, GovnetError if a child has ended."""
        time.sleep(seconds)
        if self._asked_to_stop:
            raise _Stopped
        self._children.refuse_dead()

    @contextmanager
    def _signals_noted(self) -> Iterator[None]:
        """Only note signals: an exception at any point could lose a child just started."""

        def note(*_: object) -> None:
            self._asked_to_stop = True

        numbers = [getattr(signal, name) for name in STOP_SIGNALS if hasattr(signal, name)]
        former = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def prometheus_config(url: str, rules: Path) -> str:
    """Return the configuration of a Prometheus that scrapes the collector at `url`."""
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": SCRAPE_INTERVAL, "evaluation_interval": SCRAPE_INTERVAL},
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


def _program() -> str:
    """Return how this program was called, so that a line that names it can be copied."""
    return sys.argv[0] if Path(sys.argv[0]).name == "govnet" else "govnet"


def _say(text: str) -> None:
    print(text, flush=True)


def _prepare(
    inventory: Inventory, simulated: list[tuple[str, str | None]], folder: Path, url: str
) -> str:
    """Write database and keys into the folder; return the token of a login link."""
    now = time.time()
    store = open_store(folder / "data")
    try:
        *fakes, real = enrol_all(
            store, inventory, [*simulated, (inventory.province.centre, REAL_MACHINE)], now
        )
        link = make_link(store, now)
    finally:
        store.close()
    _write_private(folder / "credentials.yaml", demo_credentials(inventory))
    _write_private(folder / "collector.toml", '[credentials]\nfile = "credentials.yaml"\n')
    _write_private(folder / "agents.json", json.dumps([_credentials(key) for key in fakes]))
    _write_private(folder / "agent.toml", _agent_toml(real, url, folder / "agent"))
    return link


def demo_credentials(inventory: Inventory) -> str:
    """Return a file of credentials with every name that the inventory uses; they open nothing."""
    known: dict[str, dict[str, dict[str, str]]] = {"snmp": {}, "logins": {}}
    for section, name in needed(inventory):
        known[section][name] = (
            {"version": "2c", "community": secrets.token_hex(8)}
            if section == "snmp"
            else {"user": "demo", "password": secrets.token_hex(8)}
        )
    return yaml.safe_dump(known, default_style='"')


def _simulated_machines(inventory: Inventory) -> Iterator[tuple[str, str | None]]:
    """Yield (site, machine) to simulate; without a machine it takes a place of the number."""
    for site in inventory.sites.values():
        if site.lifecycle is Lifecycle.ACTIVE:
            yield from ((site.id, machine) for machine in _machines(site))


def _machines(site: Site) -> Iterator[str | None]:
    for machine in site.active_machines():
        yield machine.id.partition("/")[2]
    if site.lan is not Lan.NONE:
        yield from (None for _ in range(min(site.machines_by_number(), COUNTED_PER_SITE)))


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


def _port(option: str, wanted: int) -> int:
    """Return the port if it is free, a free one for 0. Raises ConfigError."""
    try:
        with socket.create_server(("127.0.0.1", wanted)) as probe:
            port: int = probe.getsockname()[1]
            return port
    except OverflowError as exc:
        raise ConfigError([f"{option}: expected 0 to 65535, found {wanted}"]) from exc
    except OSError as exc:
        # The exception's own text repeats the address.
        said = os.strerror(exc.errno) if exc.errno else exc
        raise ConfigError([f"{option}: expected a free port, found {wanted}: {said}"]) from exc
