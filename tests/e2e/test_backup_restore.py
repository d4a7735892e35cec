"""A collector is lost and comes back from a backup that was made while it worked.

Simulated agents send all the time, a real one reports every second; outages, accounts, tokens and
the audit log are there. The backup is made in the middle of it, the collector goes on, is killed,
and is started from the backup in a folder of its own.
"""

import hashlib
import http.client
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.store import open_store
from collector.store.registry import NewKey, load_registry
from collector.store.vault import write_master
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.handling import Said, say
from collector.verdict.outages.records import Phase
from collector.verdict.outages.saved import save_changes
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote
from govnet.report import (
    Clock,
    Report,
    Result,
    Sample,
    encode_batch,
    encode_report,
)
from govnet.settings import Settings, encode
from tests.e2e.inbox_reports import reports_of

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 90.0
SENDERS = 4
BACKED_UP_AT = "govnet_collector_backup_last_success_timestamp_seconds"
IDENTICAL = (
    "agents",
    "agent_keys",
    "enrolment_tokens",
    "accounts",
    "audit",
    "outages",
    "outage_handling",
    "outage_beliefs",
)
"""What nobody changes between the backup and the loss."""


def run(*command: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **more,
    )


def done(*command: str, **more: Any) -> str:
    finished = run(*command, **more)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def wait_for(condition: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < ends_at, f"not within {WAIT_SECONDS:g} s: {what}"
        time.sleep(0.1)


def table(data: Path, name: str) -> list[Any]:
    with closing(sqlite3.connect(data / "govnet.sqlite3")) as connection:
        return connection.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()  # noqa: S608 - a name of this file


def taken_in(data: Path, agent: str) -> set[int]:
    """Return the numbers of an agent's reports that are in the inbox."""
    return {report.seq for report in reports_of(agent, data)}


class Sender(threading.Thread):
    """A simulated agent that sends one report after the other; knows which were acknowledged."""

    def __init__(self, collector: Any, key: NewKey) -> None:
        super().__init__(daemon=True)
        self.collector = collector
        self.key = key
        self.acknowledged: dict[int, bytes] = {}
        self.unanswered: tuple[int, bytes] | None = None

    def run(self) -> None:
        for seq in range(1, 1 << 20):
            body = self._body(seq)
            try:
                status, answer = self.collector.post(body, self.key)
            except (OSError, http.client.HTTPException):
                self.unanswered = (seq, body)
                return
            assert (status, answer["accepted"]) == (200, [seq])
            self.acknowledged[seq] = body
            time.sleep(0.01)

    def _body(self, seq: int) -> bytes:
        identity = self.key.identity
        sample = Sample("govnet_machine_uptime_seconds", float(seq))
        result = Result("machine", identity.machine, 0.1, 0.0, None, (sample,))
        now = time.time()
        report = Report(seq, now, float(seq), "boot", 60.0, "", (result,))
        clock = Clock(now, float(seq), "boot")
        return encode_batch(identity.agent, "0" * 16, clock, [encode_report(report)]).body


class RealAgent:
    """`govnet-agent` on a machine: enrolled with a token, reporting every second."""

    def __init__(self, folder: Path, token: str) -> None:
        self.state, self.config = folder / "state", folder / "agent.toml"
        files = ("--config", str(self.config), "--state-dir", str(self.state))
        done("agent.cli", "enrol", "-", *files, input=token)
        self.agent = str(json.loads((self.state / "identity.json").read_bytes())["agent"])
        # The settings of an earlier run spare the first, usual interval of a minute.
        usual = Settings(agent=self.agent, site="s", machine="m", report_interval_seconds=1.0)
        (self.state / "settings.json").write_bytes(encode(usual))
        with (folder / "agent.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "agent.cli", "run", "--config", str(self.config)],
                stdout=log,
                stderr=log,
            )

    def status(self) -> dict[str, Any]:
        plain = run("agent.cli", "status", "--json", "--config", str(self.config)).stdout
        return dict(json.loads(plain))


@pytest.fixture
def real_agents() -> Iterator[list[RealAgent]]:
    started: list[RealAgent] = []
    yield started
    for one in started:
        one.process.terminate()
        one.process.wait(60)


def fast(folder: Path) -> tuple[str, ...]:
    """Return options by which senders may send as fast as they can: none is asked to come later."""
    (folder / "fast.toml").write_text("agent_batches_per_minute = 1_000_000\n")
    return ("--config", str(folder / "fast.toml"), "--report-interval", "1")


def with_a_past(data: Path, key: NewKey) -> None:
    """Give the database outages, one of them handled, which no start judges anew."""
    site, notes = key.identity.site, (EvidenceNote("agents_silent", (100.5,)),)
    now = time.time()
    book = OutageBook()
    starts = [now - hours * 3_600 for hours in (50, 30)]
    book.take(
        site,
        [
            Draft(site, site, SpanKind.SITE, at, at + 900, (Phase(at, at + 900, "link", notes),))
            for at in starts
        ],
        now=now,
    )
    with closing(open_store(data)) as store:
        with store.write() as connection:
            save_changes(connection, book.take_changes())
        say(store, [1], Said(note="nhà mạng đã sửa", ticket="VNPT-1"), "admin", now)


def test_a_lost_collector_comes_back_from_its_backup_and_agents_go_on(
    collector_process: Callable[..., Any], tmp_path: Path, real_agents: list[RealAgent]
):
    data = tmp_path / "data"
    done("collector.cli", "tls", "init", "--name", "127.0.0.1", "--data", str(data))
    collector = collector_process(*fast(tmp_path), is_started=False)
    keys = collector.enrol_all(["xa-a"] * SENDERS)
    with_a_past(data, keys[0])
    collector.start()
    here = ("--inventory", str(collector.inventory), "--data", str(data))
    done("collector.cli", "users", "add", "chi-hoa", "--role", "viewer", *here)
    token = done("collector.cli", "token", "create", "--site", "xa-a", "--uses", "2", *here)
    real = RealAgent(tmp_path, token.strip())
    real_agents.append(real)
    senders = [Sender(collector, key) for key in keys]
    for sender in senders:
        sender.start()
    wait_for(lambda: all(len(one.acknowledged) > 50 for one in senders), "load")
    wait_for(lambda: real.status()["delivered"] is not None, "the real agent reports")

    before = [dict(one.acknowledged) for one in senders]
    said = done("collector.cli", "backup", "--to", str(tmp_path / "backups"), *here)
    (backup,) = (tmp_path / "backups").iterdir()
    wait_for(
        lambda: sum(collector.counted(BACKED_UP_AT).values()) > 0,
        "it is told",
    )
    collector.kill()
    for sender in senders:
        sender.join()
    wait_for(lambda: real.status()["waiting_reports"] >= 2, "the real agent keeps its reports")

    lost = data.rename(tmp_path / "lost")
    new = tmp_path / "elsewhere/data"
    new.parent.mkdir()
    shutil.copy(f"{data}.master-key", f"{new}.master-key")
    told = done("collector.cli", "restore", str(backup), "--data", str(new))
    identical = {name: table(new, name) for name in IDENTICAL}
    collector.data = new
    collector.start()

    assert "The master key is not in it" in said
    assert "Agents go on by themselves" in told
    for name, rows in identical.items():
        assert rows == table(lost, name), name
        assert rows, name
    with closing(open_store(new)) as store:
        registry = load_registry(store)
        for key in keys:
            assert registry.credential(key.identity.agent, key.key).secret == key.secret
    gap = 0
    for sender, acknowledged in zip(senders, before, strict=True):
        assert sender.acknowledged.keys() > acknowledged.keys()
        for seq, body in acknowledged.items():
            assert collector.post(body, sender.key)[1]["duplicate"] == [seq]
        assert sender.unanswered is not None
        seq, body = sender.unanswered
        assert collector.post(body, sender.key)[1]["accepted"] == [seq]
        gap += len(sender.acknowledged) - len(acknowledged)
    assert gap > 0
    wait_for(lambda: real.status()["waiting_reports"] == 0, "the real agent's backlog is here")
    collector.stop()
    numbers = taken_in(lost, real.agent) | taken_in(new, real.agent)
    assert numbers == set(range(1, max(numbers) + 1))
    assert max(taken_in(new, real.agent)) > max(taken_in(lost, real.agent))


def changed_by_a_thief(backup: Path, folder: Path) -> Path:
    """Write it anew with tar alone, as whoever reaches the disk can: another address to listen on.

    What the manifest says of the file fits it.
    """
    folder.mkdir()
    subprocess.run(["tar", "xpzf", str(backup), "-C", str(folder)], check=True, timeout=60)
    listed = ["tar", "tzf", str(backup)]
    names = subprocess.run(listed, check=True, timeout=60, capture_output=True, text=True).stdout
    inventory, manifest = folder / "files/inventory.yaml", folder / "manifest.json"
    told = json.loads(manifest.read_bytes())
    inventory.write_bytes(content := inventory.read_bytes() + b"# evil\n")
    (one,) = (one for one in told["members"] if one["name"] == "files/inventory.yaml")
    one |= {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    one["at"] = inventory.stat().st_mtime
    manifest.write_text(json.dumps(told))
    forgery = folder.with_suffix(".tar.gz")
    packed = ["tar", "czf", str(forgery), "--format=pax", "-C", str(folder), *names.split()]
    subprocess.run(packed, check=True, timeout=60)
    return forgery


def test_a_backup_that_somebody_changed_or_another_key_is_refused_before_anything_is_written(
    collector_process: Callable[..., Any], tmp_path: Path
):
    collector = collector_process()
    here = ("--inventory", str(collector.inventory), "--data", str(collector.data))
    key = ("--master-key-file", f"{collector.data}.master-key")
    done("collector.cli", "backup", str(tmp_path / "good.tar.gz"), *here)
    forgery = changed_by_a_thief(tmp_path / "good.tar.gz", tmp_path / "forgery")

    without_key = run("collector.cli", "backup", "verify", str(forgery), cwd=tmp_path)
    with_key = run("collector.cli", "backup", "verify", str(forgery), *key)
    new = ("--data", str(tmp_path / "target/new"))
    restored = run("collector.cli", "restore", str(forgery), *new, *key)
    write_master(tmp_path / "another-key")
    another = ("--master-key-file", str(tmp_path / "another-key"))
    by_another = run("collector.cli", "restore", str(tmp_path / "good.tar.gz"), *new, *another)

    assert without_key.returncode == 0, without_key.stderr
    assert "NOT proved unchanged" in without_key.stdout
    for refused in (with_key, restored):
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert "expected a backup with its own seal" in refused.stderr
    assert by_another.returncode == 2
    assert "expected the master key" in by_another.stderr
    assert not (tmp_path / "target").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)], check=True, timeout=20
    )
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True, timeout=20)


def test_a_full_disk_leaves_nothing_half(
    collector_process: Callable[..., Any], tmp_path: Path, small_disk: Path
):
    collector = collector_process()
    here = ("--inventory", str(collector.inventory), "--data", str(collector.data))
    done("collector.cli", "backup", str(tmp_path / "good.tar.gz"), *here)

    backup = run("collector.cli", "backup", "--to", str(small_disk), *here)
    master_key = f"{collector.data}.master-key"
    restored = run(
        *("collector.cli", "restore", str(tmp_path / "good.tar.gz")),
        *("--data", str(small_disk / "data"), "--master-key-file", master_key),
    )

    for failed in (backup, restored):
        assert failed.returncode == 1
        assert failed.stderr.count("\n") == 1
        assert "full" in failed.stderr or "No space left" in failed.stderr
    assert list(small_disk.iterdir()) == []
    note = json.loads((collector.data / "last-backup.json").read_bytes())
    assert note["failures"] == 1
    assert note["failure"] in backup.stderr


def test_what_stands_under_the_name_of_a_backup_is_whole_also_after_a_kill(
    collector_process: Callable[..., Any], tmp_path: Path
):
    collector = collector_process()
    folder = tmp_path / "backups"
    here = ("--inventory", str(collector.inventory), "--data", str(collector.data))
    command = ("collector.cli", "backup", "--to", str(folder), *here)
    process = subprocess.Popen([sys.executable, "-m", *command])
    while process.poll() is None and not any(folder.glob("*.part*")):
        time.sleep(0.001)
    process.kill()
    process.wait()

    done(*command)

    for backup in folder.iterdir():
        assert backup.suffix == ".gz", "what was unfinished is gone"
        done("collector.cli", "backup", "verify", str(backup))
