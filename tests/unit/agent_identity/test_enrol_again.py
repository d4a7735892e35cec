"""`govnet-agent enrol` once more: after a lost answer, while it waits, over what was there."""

import json
from typing import Any

import pytest

from agent.config import load
from agent.identity.keys import Identity, Keys, Secret, write_keys
from agent.spool.spool import Spool
from govnet.enrolment import EnrolAnswer, EnrolmentToken, encode
from govnet.errors import ConfigError
from govnet.report import Purpose, Report, encode_report, sign
from govnet.settings import Settings
from govnet.settings import encode as encode_settings
from tests.unit.agent_identity.enrolling import (
    ACTIVE,
    HARDWARE,
    PENDING,
    SECRET,
    Pc,
    key_on_disk,
    requests_of,
)


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    collector.on["/v1/enrol"] = lambda _: collector.hang_up
    assert pc.enrol(token) == 1
    collector.on["/v1/enrol"] = lambda _: (200, encode(ACTIVE))

    assert pc.enrol(token) == 0

    assert len({request.key for request in requests_of(collector)}) == 1
    assert key_on_disk(pc) == requests_of(collector)[0].key


def test_a_lost_answer_about_another_key_is_asked_for_again_by_the_plain_command(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    pc.enrol(token)
    collector.on["/v1/enrol"] = lambda _: collector.hang_up
    assert pc.enrol(token, new_key=True) == 1
    collector.on["/v1/enrol"] = lambda _: (200, encode(ACTIVE))

    assert pc.enrol(token) == 0

    first, *later = [request.key for request in requests_of(collector)]
    assert first not in later
    assert set(later) == {key_on_disk(pc)}


def test_the_key_is_on_disk_before_the_collector_hears_of_it(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    found: list[str] = []

    def look(request: Any) -> tuple[int, bytes]:
        found.append(json.loads((pc.state / "enrolling.json").read_bytes())["key"])
        assert request.json["key"] == found[-1]
        return 200, encode(ACTIVE)

    collector.on["/v1/enrol"] = look

    assert pc.enrol(token) == 0
    assert len(found) == 1


def test_a_pending_machine_gives_its_site_code_by_the_same_command(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    collector.on["/v1/enrol"] = lambda _: (200, encode(PENDING))
    assert pc.enrol(token) == 0
    assert "Chờ duyệt" in pc.out
    assert "--code MÃ-ĐIỂM" in pc.out
    collector.on["/v1/enrol"] = lambda _: (200, encode(ACTIVE))

    assert pc.enrol(token, code="dtr") == 0

    first, second = requests_of(collector)
    assert (first.code, second.code) == ("", "dtr")
    assert first.key == second.key == key_on_disk(pc)
    assert "Đã kết nối" in pc.out


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.enrolment.approval.ASK_SECONDS", (0.01, 0.02))


def approving(collector: Any, after: int) -> None:
    """Let the collector approve the machine when it has asked so often."""

    def settings() -> tuple[int, bytes]:
        asked = len(collector.asked("/v1/settings"))
        if asked <= after:
            answer: tuple[int, bytes] = collector.refuse("pending")
            return answer
        return 200, encode_settings(Settings(agent="a1b2", site="duc-trong", machine="duc-trong/x"))

    def signed(request: Any) -> dict[str, str]:
        key = bytes.fromhex(requests_of(collector)[-1].key)
        nonce, body = request.headers["govnet-nonce"], settings()[1]
        return {"Govnet-Signature": sign(key, Purpose.SETTINGS, nonce.encode(), body)}

    collector.on["/v1/enrol"] = lambda _: (200, encode(PENDING))
    collector.on["/v1/settings"] = lambda _: settings()
    collector.headers["/v1/settings"] = signed


@pytest.mark.usefixtures("_no_pauses")
def test_who_waits_for_approval_is_told_when_it_has_come(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    approving(collector, after=2)

    assert pc.enrol(token, wait_seconds=30.0) == 0

    waiting, connected = pc.out.split("Đang chờ trung tâm duyệt, lâu nhất 0,5 phút")
    assert "Chờ duyệt" in waiting
    assert f"Đã kết nối với trung tâm {collector.url}\nĐiểm: duc-trong\n" in connected
    assert len(collector.asked("/v1/enrol")) == 1


@pytest.mark.usefixtures("_no_pauses")
def test_who_waits_in_vain_is_told_so(pc: Pc, collector: Any, token: EnrolmentToken):
    approving(collector, after=1_000)

    assert pc.enrol(token, wait_seconds=0.2) == 1
    assert "Vẫn chưa được duyệt" in pc.out

    collector.on["/v1/settings"] = lambda _: collector.refuse("revoked")
    assert pc.enrol(token, wait_seconds=30.0) == 1
    assert "đã bị thu hồi" in pc.err

    collector.on["/v1/settings"] = lambda _: collector.hang_up
    assert pc.enrol(token, wait_seconds=0.2) == 1
    assert "Không hỏi được trung tâm" in pc.err


@pytest.mark.parametrize("change", ["token", "hardware", "asked for"])
def test_a_new_key_is_made_for_another_token_another_machine_or_when_asked(
    pc: Pc, collector: Any, authority: Any, token: EnrolmentToken, change: str
):
    pc.enrol(token)
    other = EnrolmentToken((collector.url,), authority.fingerprint, SECRET + "-2")
    hardware = {**HARDWARE, "board": "ffffffff"}

    assert (
        pc.enrol(
            other if change == "token" else token,
            hardware if change == "hardware" else None,
            new_key=change == "asked for",
        )
        == 0
    )

    first, second = requests_of(collector)
    assert first.key != second.key
    assert key_on_disk(pc) == second.key


def test_a_key_that_was_renewed_since_is_not_enrolled_again(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    pc.enrol(token)
    write_keys(pc.state, Keys(Identity("a1b2", "k2", Secret(b"2" * 32))))

    assert pc.enrol(token) == 0

    assert requests_of(collector)[1].key not in {requests_of(collector)[0].key, "32" * 32}


def test_a_damaged_identity_is_made_anew(pc: Pc, token: EnrolmentToken):
    pc.state.mkdir()
    (pc.state / "identity.json").write_bytes(b"\0" * 100)

    assert pc.enrol(token) == 0

    assert load(pc.toml).identity.agent == "a1b2"


def waiting_report(pc: Pc) -> Spool:
    spool = Spool(pc.state / "spool", clock=lambda: 1e9)
    seq = spool.next_seq()
    spool.add(seq, encode_report(Report(seq, 1e9, 1.0, "boot", 60.0, "", ())))
    return spool


@pytest.mark.parametrize("agent", ["a1b2", "another"])
def test_reports_that_another_agent_has_not_sent_are_set_aside(
    pc: Pc, collector: Any, authority: Any, token: EnrolmentToken, agent: str
):
    """What a copied disk holds was measured elsewhere and must not count for this machine."""
    pc.enrol(token)
    waiting_report(pc).close()
    again = EnrolmentToken((collector.url,), authority.fingerprint, SECRET + "-2")
    answer = EnrolAnswer(agent=agent, key_id="k1", state="active")
    collector.on["/v1/enrol"] = lambda _: (200, encode(answer))

    assert pc.enrol(again) == 0

    assert (pc.state / "spool").is_dir() == (agent == "a1b2")
    assert (pc.state / "spool-of-a1b2").is_dir() == (agent != "a1b2")


def test_while_the_agent_runs_its_reports_are_not_taken_from_it(
    pc: Pc, collector: Any, authority: Any, token: EnrolmentToken
):
    pc.enrol(token)
    spool = waiting_report(pc)
    again = EnrolmentToken((collector.url,), authority.fingerprint, SECRET + "-2")
    other = EnrolAnswer(agent="other", key_id="k1", state="active")
    collector.on["/v1/enrol"] = lambda _: (200, encode(other))
    with pytest.raises(ConfigError, match="stop the agent"):
        pc.enrol(again)
    assert load(pc.toml).identity.agent == "a1b2"
    spool.close()

    assert pc.enrol(again) == 0

    assert load(pc.toml).identity.agent == "other"
    assert len({request.key for request in requests_of(collector)[1:]}) == 1


def test_reports_of_an_agent_that_was_set_up_by_hand_are_set_aside_too(
    pc: Pc, token: EnrolmentToken
):
    waiting_report(pc).close()
    by_hand = Settings(agent="by-hand", site="s", machine="m")
    (pc.state / "settings.json").write_bytes(encode_settings(by_hand))

    assert pc.enrol(token) == 0

    assert (pc.state / "spool-of-by-hand").is_dir()
