"""`govnet doctor` on a centre of real programs: nothing to do if well, else each fault by name.

Prometheus, Alertmanager and VictoriaMetrics are real, with the shipped configuration and rules.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from collector.tls import folder
from tests.e2e.alert_chain import alertmanager_config, answers, free_port, prometheus_config, wait

pytestmark = pytest.mark.e2e

DAY_SECONDS = 86_400.0
CENTRE = (
    *("serving", "time", "room", "certificates", "database"),
    *("prometheus", "history", "alertmanager", "dashboards"),
)
"""All that is judged here; whom the inventory lacks is another test's subject."""

Found = dict[str, list[dict[str, Any]]]


def doctor(*options: str) -> tuple[int, Found]:
    """Ask; return the exit status and what was found."""
    done = subprocess.run(
        [sys.executable, "-m", "collector.cli", "doctor", "--json", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def musts(found: Found) -> list[str]:
    return [
        f"{subject}: {one['text']}"
        for subject, some in found.items()
        for one in some
        if one["level"] == "must"
    ]


@dataclass
class Program:
    """A real program, to be ended and started again."""

    command: list[str]
    ready: str
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        wait(f"{self.command[0]} answers: {self.log}", answers(self.ready))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


@dataclass
class Centre:
    """A collector with TLS and the programs around it; `collector` is that of conftest."""

    folder: Path
    collector: Any = None
    programs: dict[str, Program] = field(default_factory=dict)

    def doctor(self) -> tuple[int, Found]:
        only = [word for subject in CENTRE for word in ("--only", subject)]
        return doctor(
            *("--config", str(self.folder / "collector.toml"), "--data", str(self.collector.data)),
            *("--inventory", str(self.collector.inventory), *only),
        )

    def must(self) -> list[str]:
        return musts(self.doctor()[1])


def start_centre(centre: Centre, collector_process: Callable[..., Any]) -> None:
    """Start everything, and wait until all of it has heard of one another."""
    here = centre.folder
    ports = {name: free_port() for name in ("prometheus", "alertmanager", "vm")}
    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    folder.init(here / "data", ["127.0.0.1", "localhost"], 397, time.time())
    centre.collector = collector = collector_process(
        "--config", str(here / "collector.toml"), is_started=False
    )
    (here / "collector.toml").write_text(
        f'url = "{collector.url}"\n'
        'metrics_allow = ["127.0.0.0/8"]\n'
        f'[prometheus]\nurl = "{url["prometheus"]}"\n'
        f'[alerts]\nalertmanager_url = "{url["alertmanager"]}"\n'
        f'[[remote_write]]\nname = "prom"\nurl = "{url["prometheus"]}/api/v1/write"\n'
        f'[[remote_write]]\nname = "vm"\nurl = "{url["vm"]}/api/v1/write"\n'
    )
    config = prometheus_config(here, collector.url, url["alertmanager"])
    text = config.read_text().replace("/etc/prometheus/govnet-ca.pem", f"{here}/data/tls/ca.pem")
    for line in (
        "    # tls_config:",
        "    #   ca_file:",
        "        # tls_config:",
        "        #   ca_",
    ):
        text = text.replace(line, line.replace("# ", "", 1))
    config.write_text(text)
    centre.programs = {
        "alertmanager": Program(
            [
                "prometheus-alertmanager",
                f"--config.file={alertmanager_config(here, free_port(), free_port())}",
                f"--storage.path={here / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{ports['alertmanager']}",
                "--cluster.listen-address=",
            ],
            f"{url['alertmanager']}/-/ready",
            here / "alertmanager.log",
        ),
        "prometheus": Program(
            [
                *("prometheus", f"--config.file={config}", "--web.enable-remote-write-receiver"),
                f"--storage.tsdb.path={here / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
            ],
            f"{url['prometheus']}/-/ready",
            here / "prometheus.log",
        ),
        "vm": Program(
            [
                *("victoria-metrics", f"-storageDataPath={here / 'vm'}"),
                f"-httpListenAddr=127.0.0.1:{ports['vm']}",
            ],
            f"{url['vm']}/health",
            here / "vm.log",
        ),
    }
    for program in centre.programs.values():
        program.start()
    collector.start()
    wait("all is well", lambda: centre.must() == [], 90.0)


@pytest.fixture
def centre(tmp_path: Path, collector_process: Callable[..., Any]) -> Iterator[Centre]:
    made = Centre(tmp_path)
    with ExitStack() as stack:
        stack.callback(lambda: [one.stop() for one in made.programs.values()])
        start_centre(made, collector_process)
        yield made


def test_a_centre_that_is_well_has_nothing_to_do_and_each_program_that_fails_is_named(
    centre: Centre,
):
    status, found = centre.doctor()
    good = [one["text"] for some in found.values() for one in some if one["level"] == "good"]
    assert status == 0
    assert list(found) == list(CENTRE)
    for words in (
        "cổng của bộ thu bắt tay TLS được",
        "cơ sở dữ liệu nguyên vẹn",
        "đích của bộ thu",
        "Prometheus có đủ",
        "Prometheus nhận số liệu muộn đến 24 giờ",
        "vm (http",
        "prom (http",
        "sẵn sàng; người nhận: ban-tin",
        "dashboard kèm theo đọc được",
    ):
        assert any(words in text for text in good), (words, good)

    centre.programs["alertmanager"].stop()
    assert [text for text in centre.must() if "Alertmanager không hỏi được" in text]

    prometheus = centre.programs["prometheus"]
    prometheus.stop()
    assert [text for text in centre.must() if text.startswith("prometheus: Prometheus không hỏi")]

    # Of another version: a file of rules is not there, and the window is gone.
    (centre.folder / "rules/collector.yml").unlink()
    config = centre.folder / "prometheus.yml"
    config.write_text(config.read_text().partition("\nstorage:")[0])
    prometheus.start()
    status, found = centre.doctor()
    assert status == 1
    rules = next(one for one in found["prometheus"] if "quy tắc của phiên bản này" in one["text"])
    assert "govnet-collector: GovnetCollectorDown" in rules["names"]
    assert any("cửa sổ nhận muộn của Prometheus là 0 giờ" in text for text in musts(found))

    centre.collector.stop()
    said = centre.must()
    assert any("bộ thu không trả lời" in text for text in said), said
    wait("Prometheus saw it", lambda: any("không đọc được" in one for one in centre.must()))


def test_a_certificate_that_has_expired_is_named_from_its_file_and_from_the_port(
    tmp_path: Path, collector_process: Callable[..., Any]
):
    data, now = tmp_path / "data", time.time()
    folder.init(data, ["127.0.0.1"], 397, now - 90 * DAY_SECONDS)
    folder.renew(data, now - 40 * DAY_SECONDS, 30)
    collector = collector_process(is_started=False)
    options = ("--data", str(data), "--inventory", str(collector.inventory))

    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "collector.cli", "serve", *options),
            *("--listen", f"127.0.0.1:{collector.address[1]}"),
        ],
        stderr=subprocess.DEVNULL,
    )
    try:

        def is_told() -> bool:
            said = musts(doctor(*options, "--only", "certificates")[1])
            return any("không bắt tay TLS được như tác tử sẽ làm: cert" in one for one in said)

        wait("the port's certificate is told", is_told)
    finally:
        process.terminate()
        process.wait(60)
    said = musts(doctor(*options, "--only", "certificates")[1])
    assert any("chứng thư của bộ thu đã hết hạn" in text for text in said), said


def test_a_disk_that_is_full_is_named(tmp_path: Path, small_inventory_file: Path):
    data = tmp_path / "full"
    data.mkdir(mode=0o700)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=64,mode=0700", "tmpfs", str(data)],
        check=True,
        timeout=10,
    )
    try:
        (data / "much").write_bytes(b"0" * (4_000_000))
        for number in range(61):
            (data / f"small-{number}").touch()
        status, found = doctor(
            *("--data", str(data), "--inventory", str(small_inventory_file), "--only", "room")
        )
    finally:
        subprocess.run(["umount", str(data)], check=True, timeout=10)

    assert status == 1
    said = musts(found)
    assert any("sắp không ghi được nữa" in text for text in said), said
    assert any("sắp hết inode" in text for text in said), said
