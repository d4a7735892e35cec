"""A machine at which nobody stands: a token is laid on it, and it enrols itself when it can."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.config import load
from agent.enrolment.files import toml_text
from agent.enrolment.first_contact import ContactError, RefusedError
from agent.enrolment.join import Joined, Wish, join
from agent.enrolment.laid import FilePlaces, take_away
from agent.enrolment.unattended import FAILED_SECONDS, LOOK_SECONDS, REFUSED_SECONDS, Unattended
from agent.onsite.status import WIDTH
from agent.onsite.status_file import StatusFile, process_state
from agent.transport.address import parse_collector
from govnet.enrolment import EnrolmentToken
from tests.unit.agent_identity.enrolling import HARDWARE, SECRET, requests_of


class HandClock:
    """Time that a test moves."""

    now = 1000.0

    def time(self) -> float:
        return 1.8e9 + self.now

    def monotonic(self) -> float:
        return self.now


class Machine:
    """A machine with a place for tokens; `scripted` answers instead of the network."""

    def __init__(self, folder: Path) -> None:
        self.toml, self.state, self.token_file = (
            folder / "agent.toml",
            folder / "state",
            folder / "enrol-token",
        )
        self.clock = HandClock()
        self.asked: list[Wish] = []
        self.scripted: list[Exception] = []
        self.enrol: Callable[[Wish, Mapping[str, str]], Joined] = join

    def start(self) -> Unattended:
        """Return what a fresh process would begin with."""
        return Unattended(
            self.toml,
            self.state,
            FilePlaces([self.token_file]),
            HARDWARE,
            self.clock,
            jitter=lambda: 1.0,
            enrol=self._join,
        )

    def _join(self, wish: Wish, hardware: Mapping[str, str]) -> Joined:
        self.asked.append(wish)
        if self.scripted:
            raise self.scripted.pop(0)
        return self.enrol(wish, hardware)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_laid_token_enrols_the_machine_and_its_site_is_the_wish(
    machine: Machine, collector: Any, token: EnrolmentToken
):
    machine.token_file.write_text(f"{token.text()} DTR\n")

    assert machine.start().step()

    (request,) = requests_of(collector)
    assert (request.secret, request.code, dict(request.hardware)) == (SECRET, "DTR", HARDWARE)
    assert load(machine.toml).identity.agent == "a1b2"


def test_without_a_token_it_says_once_what_is_missing_and_notices_one_that_is_laid_later(
    machine: Machine, token: EnrolmentToken, caplog: pytest.LogCaptureFixture
):
    unattended = machine.start()

    assert [unattended.step() for _ in range(3)] == [False, False, False]
    assert unattended.waiting.kind == "no_token"
    (said,) = caplog.records
    assert str(machine.token_file) in str(said.__dict__["detail"])

    machine.token_file.write_text(token.text())
    assert unattended.step()


def test_an_enrolment_by_hand_ends_the_waiting(machine: Machine, token: EnrolmentToken):
    unattended = machine.start()
    assert not unattended.step()

    join(Wish(token=token, config=machine.toml, state_dir=machine.state), HARDWARE)

    assert unattended.step()
    assert machine.asked == []


def test_while_the_line_is_down_pauses_grow_up_to_a_minute_and_no_further(
    machine: Machine, token: EnrolmentToken, caplog: pytest.LogCaptureFixture
):
    machine.token_file.write_text(token.text())
    caplog.set_level(logging.INFO)
    machine.scripted = [ContactError("no route", "không có đường") for _ in range(8)]
    unattended = machine.start()
    tried_at: list[float] = []
    while not unattended.step():
        assert unattended.waiting.kind == "not_reached"
        if len(tried_at) < len(machine.asked):
            tried_at.append(machine.clock.now)
        machine.clock.now += 1.0

    pauses = [later - before for before, later in pairwise(tried_at)]
    assert pauses == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert [record.message for record in caplog.records] == [
        "enrolling this machine failed",
        "this machine is enrolled",
    ]


def test_a_busy_collector_is_given_the_time_that_it_asks_for(
    machine: Machine, token: EnrolmentToken
):
    machine.token_file.write_text(token.text())
    machine.scripted = [ContactError("busy", "đang bận", 90.0)]
    unattended = machine.start()
    assert not unattended.step()

    machine.clock.now += 89.0
    assert not unattended.step()
    assert len(machine.asked) == 1

    machine.clock.now += 1.0 + FAILED_SECONDS[0]
    assert unattended.step()


def test_a_refusal_is_said_once_and_tried_again_slowly(
    machine: Machine, token: EnrolmentToken, caplog: pytest.LogCaptureFixture
):
    machine.token_file.write_text(token.text())
    machine.scripted = [RefusedError("token_expired"), RefusedError("token_expired")]
    unattended = machine.start()
    for _ in range(int(REFUSED_SECONDS[0] / LOOK_SECONDS)):
        assert not unattended.step()
        machine.clock.now += LOOK_SECONDS

    assert len(machine.asked) == 1
    assert (unattended.waiting.kind, "đã hết hạn" in unattended.waiting.detail) == (
        "enrolment_refused",
        True,
    )
    machine.clock.now += REFUSED_SECONDS[0]
    assert not unattended.step()
    assert len(machine.asked) == 2
    assert len(caplog.records) == 1


def test_another_token_is_tried_at_once(machine: Machine, token: EnrolmentToken):
    machine.token_file.write_text(EnrolmentToken(token.collectors, token.ca, "old").text())
    machine.scripted = [RefusedError("token_used_up")]
    unattended = machine.start()
    assert not unattended.step()

    machine.token_file.write_text(token.text())

    assert unattended.step()
    assert [wish.token.secret for wish in machine.asked] == ["old", SECRET]


def test_a_token_that_was_not_copied_whole_is_told_and_never_repeated(
    machine: Machine, caplog: pytest.LogCaptureFixture
):
    machine.token_file.write_text("gn1.almost-a-secret")
    unattended = machine.start()

    assert not unattended.step()

    assert unattended.waiting.kind == "enrolment_unusable"
    told = f"{unattended.waiting}{[record.__dict__ for record in caplog.records]}"
    assert "it was not copied whole" in told
    assert "almost" not in told


class KilledError(BaseException):
    """The machine loses power."""


@pytest.mark.parametrize(
    "where",
    ["_key", "introduce", "write_keys", "Files.write", "Path.unlink"],
)
def test_killed_anywhere_the_next_start_goes_on_with_the_same_key(
    machine: Machine,
    collector: Any,
    token: EnrolmentToken,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
):
    machine.token_file.write_text(token.text())

    def killed(*_: Any, **__: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(f"agent.enrolment.join.{where}", killed)
        with pytest.raises(KilledError):
            machine.start().step()

    restarted = machine.start()
    assert restarted.step()
    take_away(FilePlaces([machine.token_file]))

    assert len({request.key for request in requests_of(collector)}) == 1
    assert load(machine.toml).identity.key.reveal().hex() == requests_of(collector)[0].key
    assert not machine.token_file.exists()


def test_it_stops_while_it_waits(machine: Machine):
    unattended = machine.start()
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(unattended.run()))
    thread.start()

    unattended.stop()
    thread.join(30)

    assert ended == [False]


def test_status_says_why_a_machine_is_not_enrolled_and_what_to_do(
    machine: Machine, token: EnrolmentToken, capsys: pytest.CaptureFixture[str]
):
    machine.toml.write_text(toml_text((parse_collector(token.collectors[0]),), None, machine.state))
    machine.toml.write_text(machine.toml.read_text() + 'ca_file = "ca.pem"\n')
    assert main(["status", "--config", str(machine.toml)]) == 1
    said = capsys.readouterr().out
    assert "CHƯA GHI DANH" in said
    assert "KHÔNG CHẠY" in said

    machine.state.mkdir()
    waiting = {
        "kind": "enrolment_refused",
        "detail": "mã ghi danh đã hết hạn: xin trung tâm mã mới",
    }
    left = process_state(1.8e9) | {"enrolling": waiting}
    StatusFile(machine.state, machine.clock, lambda: left).note()
    assert main(["status", "--config", str(machine.toml)]) == 1

    said = capsys.readouterr().out
    assert "TRUNG TÂM TỪ CHỐI" in said
    assert "mã ghi danh đã hết hạn" in said
    assert "Xin mã mới" in said
    assert max(map(len, said.splitlines())) <= WIDTH

    assert main(["status", "--config", str(machine.toml), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["enrolling"] == waiting


# --- where tokens are laid ------------------------------------------------------------------------
