"""The collector's log in a real syslog server, and what is never in it."""

import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from collector.cli import main
from collector.logs.options import Destination
from collector.logs.rfc5424 import MAX_BYTES, MAX_UDP_BYTES, Rfc5424
from collector.logs.syslog import SyslogHandler, connector

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 60.0
CONFIGURATION = """\
global(workDirectory="{folder}" maxMessageSize="8k" defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="{certificate}" defaultNetstreamDriverCertFile="{certificate}"
  defaultNetstreamDriverKeyFile="{key}" parser.escapeControlCharactersOnReceive="off")
module(load="imudp")
module(load="imuxsock" sysSock.use="off")
module(load="imtcp")
module(load="mmpstrucdata")
template(name="row" type="string" string="%jsonmesg%\\n")
ruleset(name="kept") {{
  action(type="mmpstrucdata")
  action(type="omfile" file="{kept}" template="row")
}}
input(type="imudp" address="127.0.0.1" port="{udp}" ruleset="kept")
input(type="imuxsock" socket="{local}" ruleset="kept" useSpecialParser="off"
  parseHostname="on" createPath="off")
input(type="imtcp" address="127.0.0.1" port="{tcp}" ruleset="kept"
  streamDriver.name="ptcp" streamDriver.mode="0")
input(type="imtcp" address="127.0.0.1" port="{tls}" ruleset="kept"
  streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
"""


class Rsyslog:
    """rsyslog on loopback; what it took is in a file of JSON."""

    def __init__(self, folder: Path, identity: Any, free_port: Callable[[], int]) -> None:
        self.ports = {way: free_port() for way in ("udp", "tcp", "tls")}
        self.local, self.kept = folder / "log", folder / "kept.json"
        self._pid, self._file = folder / "pid", folder / "rsyslog.conf"
        self._file.write_text(
            CONFIGURATION.format(
                folder=folder,
                certificate=identity.certificate,
                key=identity.key,
                kept=self.kept,
                local=self.local,
                **self.ports,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; whoever connects tries again until it listens."""
        command = ["rsyslogd", "-n", "-f", str(self._file), "-i", str(self._pid)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(WAIT_SECONDS)
            self._process = None

    def messages(self) -> list[dict[str, Any]]:
        """Return what it took so far."""
        lines = self.kept.read_text().splitlines() if self.kept.exists() else []
        return [json.loads(line) for line in lines]

    def wait_for(self, *events: str) -> list[dict[str, Any]]:
        """Return what it took, once all of these are among it."""
        until = time.monotonic() + WAIT_SECONDS
        while True:
            found = self.messages()
            missing = [one for one in events if not any(one in row["msg"] for row in found)]
            if not missing:
                return found
            assert time.monotonic() < until, (missing, [row["msg"] for row in found])
            time.sleep(0.05)

    def destination(self, way: str) -> Destination:
        """Return where a handler sends."""
        if way == "unix":
            return Destination("unix", str(self.local))
        return Destination(way, "127.0.0.1", self.ports[way])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rsyslog(
    tmp_path_factory: pytest.TempPathFactory, identity: Any, free_port: Callable[[], int]
) -> Iterator[Rsyslog]:
    server = Rsyslog(tmp_path_factory.mktemp("rsyslog"), identity, free_port)
    server.start()
    yield server
    server.stop()


def record(event: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("collector.intake", logging.WARNING, "file", 1, event, (), None)
    vars(made).update(fields)
    return made


@pytest.mark.parametrize("way", ["udp", "tcp", "tls", "unix"])
def test_a_real_server_reads_every_field_of_a_message(rsyslog: Rsyslog, identity: Any, way: str):
    most = MAX_UDP_BYTES if way == "udp" else MAX_BYTES
    until = time.monotonic() + WAIT_SECONDS
    # A datagram before the server listens is lost, and nobody hears of it.
    while way in {"udp", "unix"} and not rsyslog.local.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    ca_file = str(identity.certificate)
    handler = SyslogHandler(
        Rfc5424(32473, max_bytes=most), connector(rsyslog.destination(way), ca_file)
    )
    handler.handle(record(f"đường truyền đứt {way}", site="xa-a", note='a"]\\ ộ\nb'))
    handler.handle(record(f"second {way}"))

    found = rsyslog.wait_for(f"đứt {way}", f"second {way}")
    handler.close()
    (row,) = (row for row in found if f"đứt {way}" in row["msg"])
    assert row["msg"].lstrip("\ufeff ") == f"đường truyền đứt {way}"
    assert (row["app-name"], row["msgid"]) == ("govnet", "collector.intake")
    assert (row["syslogseverity"], row["syslogfacility"]) == ("4", "3")
    data = row["$!"]["rfc5424-sd"]
    assert data["govnet@32473"] == {"site": "xa-a", "note": 'a"]\\ ộ\\nb'}
    assert data["meta"] == {"sequenceid": "1"}


def test_a_server_that_was_away_gets_what_was_logged_meanwhile(rsyslog: Rsyslog):
    handler = SyslogHandler(Rfc5424(32473), connector(rsyslog.destination("tcp"), None))
    handler.handle(record("before it went"))
    rsyslog.wait_for("before it went")
    rsyslog.stop()
    for number in range(50):
        handler.handle(record(f"while away {number:02}"))
    rsyslog.start()

    found = rsyslog.wait_for("while away 49")
    handler.close()
    told = [row["msg"][-2:] for row in found if "while away" in row["msg"]]
    assert told == [f"{number:02}" for number in range(50)]


class Run:
    """Secrets that were used in a run, by name; the log of it."""

    def __init__(self, folder: Path) -> None:
        self.secrets: dict[str, str] = {}
        self.folder = folder

    def file(self, name: str, secret: str, text: str | None = None) -> str:
        """Write a file with a secret; return its name."""
        path = self.folder / name
        path.write_text(text or secret)
        path.chmod(0o600)
        self.secrets[name] = secret
        return str(path)


def test_a_whole_run_reaches_the_server_and_no_secret_is_in_its_log(
    rsyslog: Rsyslog,
    identity: Any,
    tmp_path: Path,
    collector_process: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
):
    run = Run(tmp_path)
    access = 'snmp: {routers: {version: "2c", community: "cong-dong-mat-9"}}\n'
    config = tmp_path / "collector.toml"
    config.write_text(
        f'api_token_file = "{run.file("api-token", "a" * 15 + "-api-bi-mat")}"\n'
        f'metrics_token_file = "{run.file("metrics-token", "m" * 15 + "-so-do-mat")}"\n'
        f'[credentials]\nfile = "{run.file("credentials.yaml", "cong-dong-mat-9", access)}"\n'
        f'[log]\nlevel = "debug"\nformat = "json"\n'
        f'syslog = "tls://127.0.0.1:{rsyslog.ports["tls"]}"\n'
        f'syslog_ca_file = "{identity.certificate}"\n'
    )
    collector = collector_process("--config", str(config))
    before = len(rsyslog.messages())

    def govnet(*arguments: str) -> str:
        assert main([*arguments, "--data", str(collector.data)]) == 0
        return capsys.readouterr().out.strip()

    files = ("--inventory", str(collector.inventory))
    token = govnet("token", "create", "--site", "xa-a", *files)
    run.secrets["enrolment"] = token
    link = govnet("login-link")
    run.secrets["link"] = link.partition("once=")[2]
    run.secrets["operator"] = (collector.data / "operator-token").read_text().strip()
    run.secrets["master"] = Path(f"{collector.data}.master-key").read_text().strip()
    pc = tmp_path / "pc"
    enrolled = subprocess.run(
        [
            *(sys.executable, "-m", "agent.cli", "enrol", "-"),
            *("--config", str(pc / "agent.toml"), "--state-dir", str(pc / "state")),
        ],
        input=token.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert enrolled.returncode == 0, enrolled.stderr
    for secret in re.findall(r'"(?:key|secret)": ?"([0-9a-f]{32,})"', _read_all(pc)):
        run.secrets["agent key"] = secret
    assert "agent key" in run.secrets

    for headers in ({}, {"Authorization": f"Bearer {run.secrets['api-token']}"}):
        _get(collector.address[1], "/v1/agents", headers)
    cookie = _get(collector.address[1], link[link.index("/login") :], {})
    run.secrets["cookie"] = cookie.partition("=")[2].partition(";")[0]
    assert len(run.secrets["cookie"]) > 20
    _post(collector.address[1], "/sign-in", "name=lan&password=mat-khau-go-nham-77")
    run.secrets["password"] = "mat-khau-go-nham-77"
    govnet("reload")
    until = time.monotonic() + WAIT_SECONDS
    # What is logged is sent by a thread of its own.
    while (counted := collector.counted("govnet_collector_syslog_messages_total"))["sent"] <= 3:
        assert time.monotonic() < until, counted
        time.sleep(0.05)
    assert counted["dropped"] == 0
    assert collector.stop() == 0

    rows = rsyslog.wait_for("inbox replayed")[before:]
    heard, log = json.dumps(rows, ensure_ascii=False), collector.log.read_text()
    events = [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]
    for name, secret in run.secrets.items():
        assert secret not in heard, name
        assert secret not in log, name
    assert {"inbox replayed", "inventory taken over"} <= set(events)


def _read_all(folder: Path) -> str:
    return "".join(
        file.read_bytes().decode("utf-8", "replace") for file in folder.rglob("*") if file.is_file()
    )


def _get(port: int, path: str, headers: dict[str, str]) -> str:
    """Ask; return the cookie that was set, "" without one."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        reply.read()
        return reply.getheader("Set-Cookie", "")
    finally:
        connection.close()


def _post(port: int, path: str, body: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, body, kind)
        return connection.getresponse().status
    finally:
        connection.close()
