"""The collector's image and deploy/compose: judged by their tools, built on a bare Debian, run.

Needs root and podman. The images of Prometheus, Alertmanager, Grafana and nginx are the makers' and
not to be had here: their configurations are tried with the programs themselves.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from govnet import __version__
from tests.e2e.debian_root import tarball
from tests.e2e.image_engine import Engine

pytestmark = [pytest.mark.e2e, pytest.mark.installs]

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy/compose"
CONTAINERFILE = ROOT / "deploy/containers/Containerfile"
NAME = "giamsat.tinh.example"
IMAGE = "localhost/govnet:test"
PROFILES = ("proxy", "victoriametrics", "commands")
IMAGES = ("COLLECTOR", "PROMETHEUS", "ALERTMANAGER", "GRAFANA", "NGINX", "VICTORIAMETRICS")
COLLECTOR_USER = 8470
WAIT_SECONDS = 90.0
SOURCES = (
    *("agent", "collector", "govnet", "inventory", "simulator"),
    *(".containerignore", "pyproject.toml", "setup.py", "README.md", "LICENSE"),
)


def tool(name: str) -> str:
    """Return a program that came with the test's own Python packages."""
    return str(Path(sys.executable).parent / name)


def run(*command: str, cwd: Path | None = None, status: int = 0) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=240, cwd=cwd
    )
    assert done.returncode == status, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def until(true: Callable[[], bool], what: Callable[[], str]) -> None:
    ends_at = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < ends_at, what()
        time.sleep(0.5)


def replaced(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """Return a folder that prepare.sh made, with an image for every service."""
    folder = tmp_path / "srv"
    run(str(COMPOSE / "prepare.sh"), NAME, str(folder))
    replaced(
        folder / ".env",
        *((f"\n{name}_IMAGE=\n", f"\n{name}_IMAGE=example/{name.lower()}\n") for name in IMAGES),
    )
    return folder


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Build the image, of wheels alone as where there is no Internet."""
    folder = tmp_path_factory.mktemp("engine")
    engine, context = Engine(folder), folder / "context"
    context.mkdir()
    compiled = shutil.ignore_patterns("__pycache__")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, context / name, ignore=compiled)
        else:
            shutil.copy(ROOT / name, context / name)
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "-w", "dist/wheels", ".[collector]")
    run(*pip, cwd=context)
    (context / "centre.master-key").write_text("0" * 64)
    try:
        engine.has_base(tarball())
        engine.build(CONTAINERFILE, context, IMAGE, WHEELS="dist/wheels", VERSION=__version__)
        yield engine
    finally:
        engine.end()


def test_hadolint_finds_nothing_to_say() -> None:
    assert "" == run(tool("hadolint"), str(CONTAINERFILE))


def test_compose_takes_the_file_for_every_profile(centre: Path) -> None:
    for profiles in ((), *((name,) for name in PROFILES), PROFILES):
        chosen = [f"--profile={name}" for name in profiles]

        assert "" == run(tool("docker-compose"), *chosen, "config", "-q", cwd=centre)


def test_nothing_may_more_than_it_needs_and_two_ports_are_open(centre: Path) -> None:
    chosen = [f"--profile={name}" for name in PROFILES]
    told = run(tool("docker-compose"), *chosen, "config", "--format=json", cwd=centre)
    services = json.loads(told)["services"]

    assert {"collector": "8470", "proxy": "443"} == {
        name: port["published"] for name, one in services.items() for port in one.get("ports", ())
    }
    for name, service in services.items():
        assert ["ALL"] == service["cap_drop"], name
        assert ["no-new-privileges:true"] == service["security_opt"], name
        assert service["read_only"], name
        assert int(service["mem_limit"]) > 0, name
        assert "max-size" in service["logging"]["options"], name
        assert name == "govnet" or "healthcheck" in service, name
        assert name == "victoriametrics" or service["user"].split(":")[0] not in {"", "0"}, name


def test_without_an_image_compose_refuses_and_says_where(centre: Path) -> None:
    replaced(centre / ".env", ("GRAFANA_IMAGE=example/grafana", "GRAFANA_IMAGE="))

    told = run(tool("docker-compose"), "config", "-q", cwd=centre, status=1)

    assert "GRAFANA_IMAGE" in told
    assert "see .env" in told


def test_secrets_are_random_closed_to_others_and_kept_by_a_second_run(
    centre: Path, tmp_path: Path
) -> None:
    secrets = sorted(path for path in (centre / "secrets").rglob("*") if path.is_file())
    before = {path: path.read_text() for path in secrets}
    (centre / "collector.toml").write_text("# ours\n")
    (centre / "compose.yaml").write_text("# old\n")

    run(str(COMPOSE / "prepare.sh"), NAME, str(centre))
    run(str(COMPOSE / "prepare.sh"), NAME, str(tmp_path / "another"))

    assert 3 == len(set(before.values()))
    assert before == {path: path.read_text() for path in secrets}
    for path, secret in before.items():
        assert path.stat().st_mode & stat.S_IRWXO == 0
        another = tmp_path / "another" / path.relative_to(centre)
        assert secret != another.read_text()
    assert "# ours\n" == (centre / "collector.toml").read_text()
    assert (COMPOSE / "compose.yaml").read_text() == (centre / "compose.yaml").read_text()


@pytest.mark.parametrize("name", ["master-key", "master-key.draft"])
def test_a_link_that_a_container_laid_gives_it_nothing_of_the_machine(
    tmp_path: Path, name: str
) -> None:
    folder, others = tmp_path / "govnet", tmp_path / "shadow"
    run(str(COMPOSE / "prepare.sh"), NAME, str(folder))
    others.write_text("of the machine\n")
    others.chmod(0o600)
    (folder / "secrets/collector/master-key").unlink()
    (folder / "secrets/collector" / name).symlink_to(others)

    done = subprocess.run(
        [str(COMPOSE / "prepare.sh"), NAME, str(folder)], check=False, capture_output=True
    )

    assert (done.returncode, others.read_text()) == (int(name == "master-key"), "of the machine\n")
    assert (others.stat().st_uid, others.stat().st_mode & 0o777) == (0, 0o600)


def test_prometheus_alertmanager_and_nginx_take_their_files(centre: Path, identity: Any) -> None:
    token = centre / "secrets/metrics-token"
    replaced(centre / "prometheus/prometheus.yml", ("/run/secrets/metrics-token", str(token)))
    nginx = centre / "proxy/nginx.conf"
    replaced(
        nginx,
        ("/tmp/", f"{centre}/"),
        ("/run/secrets/proxy-certificate", str(identity.certificate)),
        ("/run/secrets/proxy-key", str(identity.key)),
        ("/etc/nginx/govnet-ca.pem", str(identity.certificate)),
        # Names of the network `inside`.
        ("server collector:", "server 127.0.0.1:"),
        ("http://grafana:", "http://127.0.0.1:"),
    )

    rules = run("promtool", "check", "config", "prometheus/prometheus.yml", cwd=centre)
    receivers = run("amtool", "check-config", "alertmanager/alertmanager.yml", cwd=centre)
    proxy = run("nginx", "-t", "-q", "-e", "stderr", "-c", str(nginx))

    assert "SUCCESS: 4 rule files found" in rules
    assert "1 templates" in receivers
    assert "" == proxy
    source = (centre / "grafana/provisioning/datasources/govnet.yaml").read_text()
    assert "url: http://prometheus:9090\n" in source
    boards = list((centre / "grafana/dashboards").glob("*/*.json"))
    assert len(boards) == len(list(ROOT.glob("dashboards/*/*.json")))


def test_the_image_says_what_it_is_and_holds_no_key_no_source_and_no_installer(
    engine: Engine,
) -> None:
    config = engine.inspect(IMAGE)["Config"]

    assert ("8470:8470", "SIGTERM") == (config["User"], config["StopSignal"])
    assert __version__ == config["Labels"]["org.opencontainers.image.version"]
    look = "ls -d /source /opt/govnet/bin/pip /opt/govnet/lib/*/site-packages/pip 2>/dev/null; "
    keys = "find /opt /etc/govnet /var/lib -name '*.master-key' 2>/dev/null; true"
    assert "" == engine.run("--rm", "--entrypoint=sh", IMAGE, "-c", look + keys)
    assert f"govnet {__version__}\n" == engine.run("--rm", IMAGE, "--version")


class Centre:
    """The collector of a folder that prepare.sh made, run as compose.yaml says."""

    def __init__(self, engine: Engine, folder: Path, port: int) -> None:
        self._engine, self.folder, self.port = engine, folder, port
        # There is no network of containers here: the machine's own, another port, no neighbours.
        replaced(
            folder / "collector.toml",
            ('"0.0.0.0:8470"', f'"127.0.0.1:{port}"'),
            (f"{NAME}:8470", f"{NAME}:{port}"),
            ("collector:8470", f"127.0.0.1:{port}"),
        )
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        os.chown(self.data, COLLECTOR_USER, COLLECTOR_USER)

    def govnet(self, *command: str) -> str:
        """Run a command as `docker compose run --rm govnet` does."""
        return self._engine.run("--rm", *self._mounts(""), IMAGE, *command)

    def start(self, name: str) -> None:
        self._engine.run("--detach", "--name", name, *self._mounts(":ro"), IMAGE)
        until(lambda: self._engine.is_healthy(name), lambda: self._engine("logs", name))

    def stop(self, name: str) -> int:
        """Stop it as compose does; return its exit status."""
        self._engine("stop", "--time=60", name)
        return int(self._engine.inspect(name)["State"]["ExitCode"])

    def _mounts(self, inventory: str) -> list[str]:
        secrets = self.folder / "secrets"
        return [
            f"--volume={self.data}:/var/lib/govnet",
            f"--volume={self.folder}/collector.toml:/etc/govnet/collector.toml:ro",
            f"--volume={self.folder}/inventory:/etc/govnet/inventory{inventory}",
            f"--volume={secrets}/collector/master-key:/run/secrets/master-key:ro",
            f"--volume={secrets}/metrics-token:/run/secrets/metrics-token:ro",
        ]


def asked(prometheus: str, query: str) -> list[dict[str, object]]:
    answer = requests.get(f"{prometheus}/api/v1/query", {"query": query}, timeout=10)
    found: list[dict[str, object]] = answer.json()["data"]["result"]
    return found


def test_a_read_only_collector_turns_healthy_is_scraped_stops_in_order_and_keeps_its_data(
    engine: Engine,
    centre: Path,
    free_port: Callable[[], int],
    own_program: Callable[..., None],
) -> None:
    one = Centre(engine, centre, free_port())
    one.govnet("init", "--province", "68", "/etc/govnet/inventory")
    one.govnet("tls", "init", "--data", "/var/lib/govnet", "--name", NAME, "--name", "collector")
    show = ("--rm", *one._mounts(":ro"), "--entrypoint", "cat")
    ca = engine.run(*show, IMAGE, "/var/lib/govnet/tls/ca.pem")
    (centre / "prometheus/govnet-ca.pem").write_text(ca)

    one.start("first")
    status = engine("exec", "first", "cat", "/proc/1/status")
    assert f"Uid:\t{COLLECTOR_USER}" in status
    assert "CapEff:\t0000000000000000" in status

    replaced(
        centre / "prometheus/prometheus.yml",
        ("/run/secrets/metrics-token", str(centre / "secrets/metrics-token")),
        ("https://collector:8470", f"https://127.0.0.1:{one.port}"),
        ("refresh_interval: 30s", "refresh_interval: 1s"),
        ("scrape_interval: 15s", "scrape_interval: 1s"),
    )
    prometheus = f"http://127.0.0.1:{free_port()}"

    def is_scraped() -> bool:
        try:
            found = asked(prometheus, "govnet_collector_info")
            return bool(asked(prometheus, 'up{job="govnet"} == 1')) and bool(found)
        except OSError:
            return False

    own_program(
        [
            *("prometheus", f"--config.file={centre / 'prometheus/prometheus.yml'}"),
            *(f"--storage.tsdb.path={centre / 'tsdb'}", "--log.level=warn"),
            f"--web.listen-address={prometheus.removeprefix('http://')}",
        ],
        is_scraped,
    )
    assert [] == asked(prometheus, 'up{job="govnet"} == 0')

    known = engine("exec", "first", "govnet", "tls", "show", "--data", "/var/lib/govnet")
    assert 0 == one.stop("first")
    assert not engine.is_healthy("first")
    one.start("second")

    assert known == engine("exec", "second", "govnet", "tls", "show", "--data", "/var/lib/govnet")
    assert 0 == one.stop("second")
