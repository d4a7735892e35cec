"""Keys renewed without a visit: cut off anywhere, the agent can still say who it is."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.config import load
from agent.identity.credentials import RETRY_SECONDS, Credentials
from agent.identity.keyring import Keyring, next_key_id
from agent.identity.keys import Identity, Keys, Secret, read_keys, write_keys
from agent.identity.post import post_batch
from agent.identity.trust import Trust
from agent.transport.address import parse_collector
from agent.transport.channel import Channel
from govnet.enrolment import NewKeyRequest, decode
from govnet.errors import WireError
from govnet.report import Purpose, crc, verify
from govnet.settings import Settings

FIRST = Identity("a1b2", "k1", Secret(b"1" * 32))
ASKED = Settings(agent="a1b2", site="s", machine="m", renew_key="k1")


class PowerCutError(BaseException):
    """The machine is off from this instruction on."""


class Registry:
    """The keys that a scripted collector knows; `retires_at` says when a new one ends the old."""

    def __init__(self, collector: Any, retires_at: str = "first use") -> None:
        self.keys = {"k1": FIRST.key.reveal()}
        self.retired: set[str] = set()
        self.batches = 0
        self._retires_at = retires_at
        self._collector = collector
        collector.on["/v1/keys"] = self._new_key
        collector.on["/v1/reports"] = self._batch

    def _signed(self, request: Any, purpose: Purpose) -> str:
        key_id = str(request.headers["govnet-key"])
        assert request.headers["govnet-crc32"] == crc(request.body)
        if key_id not in self.keys:
            raise WireError("unknown_key", key_id)
        if key_id in self.retired:
            raise WireError("revoked", key_id)
        code = request.headers["govnet-signature"]
        if not verify(self.keys[key_id], code, purpose, request.body):
            raise WireError("bad_signature", key_id)
        return key_id

    def _retire_all_but(self, key_id: str) -> None:
        self.retired |= self.keys.keys() - {key_id}

    def _new_key(self, request: Any) -> tuple[int, bytes]:
        try:
            self._signed(request, Purpose.NEW_KEY)
            wanted = decode(NewKeyRequest, request.body)
        except WireError as exc:
            return self._collector.refuse(exc.reason)  # type: ignore[no-any-return]
        key = bytes.fromhex(wanted.key)
        if self.keys.setdefault(wanted.key_id, key) != key:
            return self._collector.refuse("key_conflict")  # type: ignore[no-any-return]
        if self._retires_at == "registration":
            self._retire_all_but(wanted.key_id)
        return 200, b"{}"

    def _batch(self, request: Any) -> tuple[int, bytes]:
        try:
            key_id = self._signed(request, Purpose.BATCH)
        except WireError as exc:
            return self._collector.refuse(exc.reason)  # type: ignore[no-any-return]
        self.batches += 1
        if key_id != "k1":
            self._retire_all_but(key_id)
        return 200, b""


class Agent:
    """One life of an agent, from its start to its end; what it knows of keys is on disk."""

    def __init__(self, folder: Path, url: str, settings: Settings = ASKED) -> None:
        keyring = Keyring(folder, FIRST)
        self.credentials = Credentials(keyring, Trust(None, folder), settings)
        self.channel = Channel(parse_collector(url), None)
        self.now = 0.0

    def send(self) -> int:
        """Offer one batch until it is settled, as the sender does; return how often it took."""
        for attempt in (1, 2, 3):
            reply = post_batch(self.channel, self.credentials.identity, b"batch")
            if reply.status == 200:
                self.now += RETRY_SECONDS
                self.credentials.accepted(self.channel, self.now)
                return attempt
            reason = reply.body.decode().split('"')[3]
            if not self.credentials.refused(reason):
                break
        raise AssertionError(f"locked out: {reason}")


@pytest.fixture
def start_agent(tmp_path: Path, collector: Any) -> Iterator[Callable[..., Agent]]:
    started: list[Agent] = []

    def start(settings: Settings = ASKED) -> Agent:
        started.append(Agent(tmp_path, collector.url, settings))
        return started[-1]

    yield start
    for agent in started:
        agent.channel.close()


StartAgent = Callable[..., Agent]


@pytest.fixture
def collector(start_collector: Callable[..., Any]) -> Any:
    return start_collector()


def key_ids(folder: Path) -> tuple[str, str | None, str | None]:
    kept = read_keys(folder)
    assert kept is not None
    following, former = (key and key.key_id for key in (kept.next, kept.former))
    return kept.current.key_id, following, former


def test_a_key_is_renewed_and_the_old_one_kept_for_a_collector_restored_from_a_backup(
    tmp_path: Path, collector: Any, start_agent: StartAgent
):
    registry = Registry(collector)
    agent = start_agent()

    agent.send()
    assert key_ids(tmp_path) == ("k2", None, "k1")
    assert agent.credentials.identity.key_id == "k2"
    agent.send()
    assert key_ids(tmp_path) == ("k2", None, "k1")

    assert registry.keys["k2"] == agent.credentials.identity.key.reveal()
    assert registry.keys["k2"] != registry.keys["k1"]
    assert len(collector.asked("/v1/keys")) == 1


def test_a_key_that_nobody_asks_to_renew_stays(
    tmp_path: Path, collector: Any, start_agent: StartAgent
):
    Registry(collector)
    unasked = start_agent(Settings(agent="a1b2", site="s", machine="m"))
    of_another = start_agent(Settings(agent="a1b2", site="s", machine="m", renew_key="k7"))

    unasked.send()
    of_another.send()

    assert collector.asked("/v1/keys") == []
    assert read_keys(tmp_path) is None


@pytest.mark.parametrize(
    "cut",
    [(cut_at, when) for when in ("registration", "first use") for cut_at in range(1, 7)],
)
def test_a_power_cut_at_any_write_leaves_a_key_that_works(
    tmp_path: Path,
    collector: Any,
    start_agent: StartAgent,
    monkeypatch: pytest.MonkeyPatch,
    cut: tuple[int, str],
):
    """Every file is flushed twice: before it takes its name, and its folder after that."""
    cut_at, retires_at = cut
    registry = Registry(collector, retires_at)
    write_keys(tmp_path, Keys(FIRST))
    calls = 0
    fsync = os.fsync

    def flush(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == cut_at:
            raise PowerCutError
        fsync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", flush)
        agent = start_agent()
        was_cut = False
        try:
            for _ in range(3):
                agent.send()
        except PowerCutError:
            was_cut = True
    assert was_cut == (cut_at <= 4)

    again = start_agent()
    before = registry.batches
    for _ in range(4):
        again.send()
    assert registry.batches == before + 4
    current, following, former = key_ids(tmp_path)
    assert (current, following) == ("k2", None)
    assert former in {None, "k1"}
    assert registry.keys[current] == again.credentials.identity.key.reveal()


@pytest.mark.parametrize("cut_at", range(1, 5))
def test_a_full_disk_at_any_write_delays_the_renewal_and_nothing_else(
    tmp_path: Path,
    collector: Any,
    start_agent: StartAgent,
    monkeypatch: pytest.MonkeyPatch,
    cut_at: int,
):
    Registry(collector)
    write_keys(tmp_path, Keys(FIRST))
    calls = 0
    fsync = os.fsync

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == cut_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    agent = start_agent()

    for _ in range(4):
        agent.send()

    assert key_ids(tmp_path)[:2] == ("k2", None)


@pytest.mark.parametrize("retires_at", ["registration", "first use"])
def test_a_lost_answer_about_the_new_key_is_asked_for_again_with_the_same_key(
    tmp_path: Path, collector: Any, start_agent: StartAgent, retires_at: str
):
    registry = Registry(collector, retires_at)
    take = collector.on["/v1/keys"]

    def take_and_hang_up(request: Any) -> tuple[int, bytes]:
        take(request)
        collector.on["/v1/keys"] = take
        return collector.hang_up  # type: ignore[no-any-return]

    collector.on["/v1/keys"] = take_and_hang_up
    agent = start_agent()
    # The channel itself asks a second time on a fresh connection; both carry the same key.
    for _ in range(3):
        agent.send()

    assert key_ids(tmp_path)[:2] == ("k2", None)
    assert set(registry.keys) == {"k1", "k2"}
    assert len({request.body for request in collector.asked("/v1/keys")}) == 1


def test_an_id_that_is_another_keys_is_not_used(
    tmp_path: Path, collector: Any, start_agent: StartAgent
):
    registry = Registry(collector)
    registry.keys["k2"] = b"x" * 32
    agent = start_agent()

    for _ in range(3):
        agent.send()

    assert key_ids(tmp_path) == ("k3", None, "k1")


def test_a_collector_that_forgot_the_new_key_is_told_by_the_former_one(
    tmp_path: Path, collector: Any, start_agent: StartAgent
):
    """So after it was restored from a backup that is older than the renewal."""
    registry = Registry(collector)
    agent = start_agent()
    agent.send()
    for _ in range(3):
        assert agent.send() == 1
    assert key_ids(tmp_path) == ("k2", None, "k1")
    del registry.keys["k2"]
    registry.retired.clear()

    assert agent.send() == 2

    assert agent.credentials.identity.key_id != "k1"
    assert agent.send() == 1


def test_a_revoked_agent_tries_each_of_its_keys_once_and_then_rests(
    tmp_path: Path, collector: Any, start_agent: StartAgent
):
    registry = Registry(collector)
    write_keys(
        tmp_path,
        Keys(FIRST, next=Identity("a1b2", "k2", Secret(b"2" * 32))),
    )
    registry.retired = {"k1"}
    agent = start_agent()
    for _ in range(3):
        with pytest.raises(AssertionError, match="locked out"):
            agent.send()

    tried = [request.headers["govnet-key"] for request in collector.asked("/v1/reports")]
    assert tried == ["k1", "k2", "k1", "k1"]


@pytest.mark.parametrize("reason", ["bad_signature", "clone_suspected", "pending"])
def test_another_key_is_tried_only_when_this_one_is_not_known(
    tmp_path: Path, start_agent: StartAgent, reason: str
):
    write_keys(tmp_path, Keys(FIRST, next=Identity("a1b2", "k2", Secret(b"2" * 32))))
    agent = start_agent()

    assert not agent.credentials.refused(reason)
    assert agent.credentials.identity == FIRST


def test_a_refused_renewal_is_not_tried_with_every_batch(collector: Any, start_agent: StartAgent):
    Registry(collector)
    collector.on["/v1/keys"] = lambda _: collector.refuse("rate_limited")
    agent = start_agent()
    agent.send()
    for _ in range(5):
        agent.credentials.accepted(agent.channel, agent.now + 1)

    assert len(collector.asked("/v1/keys")) == 1
    assert agent.credentials.identity == FIRST


def test_a_renewed_key_is_used_after_a_restart_though_agent_toml_names_the_first(
    tmp_path: Path, collector: Any, start_agent: StartAgent
):
    Registry(collector)
    toml = tmp_path / "agent.toml"
    toml.write_text(
        f'collectors = ["{collector.url}"]\nstate_dir = "."\n[identity]\nagent = "a1b2"\n'
        f'key_id = "k1"\nkey = "{FIRST.key.reveal().hex()}"\n'
    )
    agent = start_agent()
    agent.send()

    assert load(toml).identity == agent.credentials.identity != FIRST


@pytest.mark.parametrize(
    ("key_id", "following"),
    [("k1", "k2"), ("k9", "k10"), ("main", "k2"), ("2026-7", "2026-8"), ("k" + "9" * 63, "k2")],
)
def test_the_next_keys_id(key_id: str, following: str):
    assert next_key_id(key_id) == following


def test_no_key_shows_in_what_is_logged(
    tmp_path: Path, collector: Any, start_agent: StartAgent, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    registry = Registry(collector)
    agent = start_agent()
    agent.send()
    collector.on["/v1/keys"] = lambda _: (500, b"<html>")
    agent.credentials.follow(
        Settings(agent="a1b2", site="s", machine="m", renew_key=agent.credentials.identity.key_id)
    )
    agent.send()

    shown = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "the agent's key was renewed" in shown
    assert "renewing the agent's key failed" in shown
    assert not any(key.hex() in shown for key in registry.keys.values())
    assert repr(read_keys(tmp_path)).count("Secret(***)") == 3
