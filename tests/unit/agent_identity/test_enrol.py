"""`govnet-agent enrol` against scripted collectors: what it sends, to whom, and what it leaves."""

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.config import load
from agent.enrolment.enrol import enrol, read_token
from agent.enrolment.join import Wish
from agent.identity.keys import Identity, Keys, Secret, read_keys, write_keys
from agent.spool.spool import Spool
from govnet.enrolment import EnrolAnswer, EnrolmentToken, EnrolRequest, decode, encode
from govnet.errors import ConfigError
from govnet.report import Purpose, Report, crc, encode_report, sign
from govnet.settings import Settings
from govnet.settings import encode as encode_settings

SECRET = "the-secret-of-the-token"
HARDWARE = {"board": "0a1b2c3d", "mac": "4e5f6071"}
ACTIVE = EnrolAnswer(
    agent="a1b2", key_id="k1", state="active", site="duc-trong", machine="duc-trong/pc-001"
)
PENDING = EnrolAnswer(agent="a1b2", key_id="k1", state="pending")


@dataclass
class Pc:
    """A machine that enrols: `say` is what the command printed."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    @property
    def toml(self) -> Path:
        return self.folder / "etc" / "agent.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def enrol(
        self,
        token: EnrolmentToken,
        hardware: dict[str, str] | None = None,
        wait_seconds: float = 0.0,
        **more: Any,
    ) -> int:
        wish = Wish(token=token, config=self.toml, state_dir=self.state, **more)
        found = HARDWARE if hardware is None else hardware
        try:
            return enrol(wish, found, wait_seconds=wait_seconds)
        finally:
            self.out, self.err = self.capsys.readouterr()

    def everything_said(self) -> str:
        return self.out + self.err


@pytest.fixture
def pc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Pc:
    return Pc(tmp_path, capsys)


@pytest.fixture
def collector(authority: Any, start_collector: Callable[..., Any]) -> Any:
    """Start the collector of `authority`, which takes every machine."""
    found = start_collector(authority.server())
    found.on["/v1/ca"] = lambda _: (200, authority.pem.encode())
    found.on["/v1/enrol"] = lambda _: (200, encode(ACTIVE))
    return found


@pytest.fixture
def token(authority: Any, collector: Any) -> EnrolmentToken:
    return EnrolmentToken((collector.url,), authority.fingerprint, SECRET)


def requests_of(collector: Any) -> list[EnrolRequest]:
    return [decode(EnrolRequest, request.body) for request in collector.asked("/v1/enrol")]


def key_on_disk(pc: Pc) -> str:
    kept = read_keys(pc.state)
    assert kept is not None
    return kept.current.key.reveal().hex()


# --- enrolling ------------------------------------------------------------------------------------


def test_a_machine_enrols_and_can_run(pc: Pc, collector: Any, token: EnrolmentToken):
    assert pc.enrol(token, code="DTR") == 0

    (request,) = requests_of(collector)
    assert (request.secret, request.code, dict(request.hardware)) == (SECRET, "DTR", HARDWARE)
    config = load(pc.toml)
    assert (config.identity.agent, config.identity.key_id) == ("a1b2", "k1")
    assert config.identity.key.reveal().hex() == request.key
    assert config.state_dir == pc.state
    assert [str(address) for address in config.collectors] == [collector.url]
    assert pc.err == ""
    assert f"Đã kết nối với trung tâm {collector.url}\n" in pc.out
    assert "Điểm: duc-trong\nMáy: duc-trong/pc-001\nTác tử: a1b2, khoá k1\n" in pc.out
    assert request.key not in pc.out


def test_the_first_question_tells_nothing_of_the_machine(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    pc.enrol(token)

    ask, post = collector.requests
    assert (ask.method, ask.path, ask.body) == ("GET", "/v1/ca", b"")
    assert set(ask.headers) <= {"host", "accept-encoding"}
    assert post.headers["govnet-crc32"] == crc(post.body)
    assert collector.connections == 2


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_what_is_secret_is_readable_by_the_service_account_only(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    collector.on["/v1/enrol"] = lambda _: collector.hang_up
    pc.enrol(token)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in pc.state.iterdir()}
    assert modes == {"enrolling.json": 0o600}

    collector.on["/v1/enrol"] = lambda _: (200, encode(ACTIVE))
    pc.enrol(token)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in pc.state.iterdir()}
    assert modes == {"identity.json": 0o600}
    assert stat.S_IMODE(pc.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(pc.toml.stat().st_mode) == 0o644
    assert key_on_disk(pc) not in pc.toml.read_text()


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root makes files for others"
)
def test_root_makes_the_files_for_the_service_account(pc: Pc, token: EnrolmentToken):
    assert pc.enrol(token, user="nobody") == 0

    owner = pc.state.stat().st_uid
    assert owner != 0
    assert {path.stat().st_uid for path in pc.state.iterdir()} == {owner}
    assert pc.toml.stat().st_uid == 0

    assert pc.enrol(token, new_key=True) == 0  # Without --user: whoever owns the folder.
    assert {path.stat().st_uid for path in pc.state.iterdir()} == {owner}


def test_root_writes_through_no_link_that_the_service_account_laid(pc: Pc, token: EnrolmentToken):
    pc.state.mkdir()
    victim = pc.folder / "victim"
    victim.write_text("intact")
    for name in ("enrolling.json.new", "identity.json.new", "identity.json", "enrolling.json"):
        (pc.state / name).symlink_to(victim)

    assert pc.enrol(token) == 0

    assert victim.read_text() == "intact"


def test_an_unknown_user_is_told(pc: Pc, token: EnrolmentToken):
    with pytest.raises(ConfigError, match="expected a user of this machine, got 'no-such-user'"):
        pc.enrol(token, user="no-such-user")


# --- who answers ----------------------------------------------------------------------------------


def test_a_collector_with_another_ca_learns_nothing(
    pc: Pc, new_authority: Callable[[], Any], start_collector: Callable[..., Any], authority: Any
):
    other = new_authority()
    impostor = start_collector(other.server())
    impostor.on["/v1/ca"] = lambda _: (200, other.pem.encode())
    token = EnrolmentToken((impostor.url,), authority.fingerprint, SECRET)

    assert pc.enrol(token) == 1

    assert [request.path for request in impostor.requests] == ["/v1/ca"]
    nothing_leaked(pc, impostor)
    assert "nothing was sent" in pc.err
    assert "chưa gửi gì đi" in pc.err


def test_a_man_in_the_middle_with_the_right_ca_and_another_certificate_learns_nothing(
    pc: Pc, new_authority: Callable[[], Any], start_collector: Callable[..., Any], authority: Any
):
    impostor = start_collector(new_authority().server())
    impostor.on["/v1/ca"] = lambda _: (200, authority.pem.encode())
    token = EnrolmentToken((impostor.url,), authority.fingerprint, SECRET)

    assert pc.enrol(token) == 1

    assert impostor.connections == 2
    assert [request.path for request in impostor.requests] == ["/v1/ca"]
    nothing_leaked(pc, impostor)
    assert "the certificate is not the collector's" in pc.err


def test_another_machine_of_the_same_ca_is_not_the_collector(
    pc: Pc, start_collector: Callable[..., Any], authority: Any
):
    other = start_collector(authority.server("198.18.0.99"))
    other.on["/v1/ca"] = lambda _: (200, authority.pem.encode())

    assert pc.enrol(EnrolmentToken((other.url,), authority.fingerprint, SECRET)) == 1

    assert [request.path for request in other.requests] == ["/v1/ca"]
    nothing_leaked(pc, other)


def nothing_leaked(pc: Pc, collector: Any) -> None:
    heard = bytes(collector.heard)
    key = json.loads((pc.state / "enrolling.json").read_bytes())["key"]
    assert SECRET.encode() not in heard
    assert key.encode() not in heard
    assert bytes.fromhex(key) not in heard
    assert not any(digest.encode() in heard for digest in HARDWARE.values())
    assert SECRET not in pc.everything_said()
    assert key not in pc.everything_said()
    assert not pc.toml.exists()


def test_only_the_certificate_that_the_token_names_is_trusted(
    pc: Pc, new_authority: Callable[[], Any], collector: Any, authority: Any, token: EnrolmentToken
):
    """Whoever stands in the middle may add a CA of his own to what he passes on."""
    added = new_authority()
    collector.on["/v1/ca"] = lambda _: (200, (added.pem + authority.pem).encode())

    assert pc.enrol(token) == 0

    assert (pc.toml.parent / "ca.pem").read_text().strip() == authority.pem.strip()


PORTAL = b"<html>Please log in</html>"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/ca", (200, PORTAL)),
        ("/v1/ca", (302, b"")),
        ("/v1/ca", (200, b"\xff-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----")),
        ("/v1/enrol", (200, PORTAL)),
        ("/v1/enrol", (200, b'{"v": 1}')),
        ("/v1/enrol", (500, PORTAL)),
        ("/v1/enrol", (403, b'{"error": ["bad_token"]}')),
        ("/v1/enrol", (200, encode(EnrolAnswer(agent="../x", key_id="k1", state="active")))),
    ],
)
def test_a_log_in_page_or_nonsense_is_a_plain_message(
    pc: Pc, collector: Any, token: EnrolmentToken, path: str, answer: tuple[int, bytes]
):
    collector.on[path] = lambda _: answer

    assert pc.enrol(token) == 1

    assert "Chưa kết nối" in pc.err
    assert "not enrolled" in pc.err
    assert not pc.toml.exists()
    assert read_keys(pc.state) is None


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("token_expired", ("has expired", "mã ghi danh đã hết hạn")),
        ("token_used_up", ("used as often as it may", "đã dùng hết số lần")),
        ("bad_token", ("does not know this token", "không nhận ra mã ghi danh")),
        ("unknown_site_code", ("--code", "không có điểm nào mang mã này")),
        ("key_conflict", ("--new-key", "thêm --new-key")),
        ("method_not_allowed", ("refuses: method_not_allowed", "trung tâm từ chối")),
    ],
)
def test_a_refusal_says_what_to_do(
    pc: Pc, collector: Any, token: EnrolmentToken, reason: str, said: tuple[str, str]
):
    collector.on["/v1/enrol"] = lambda _: collector.refuse(reason)

    assert pc.enrol(token) == 1

    assert all(words in pc.err for words in said)
    assert SECRET not in pc.everything_said()


def test_the_next_address_is_tried_when_the_first_is_out_of_reach_or_busy(
    pc: Pc, collector: Any, authority: Any, start_collector: Callable[..., Any]
):
    dead = start_collector(authority.server())
    dead.stop()
    busy = start_collector(authority.server())
    busy.on = dict(collector.on) | {"/v1/enrol": lambda _: busy.refuse("database_busy")}
    token = EnrolmentToken((dead.url, busy.url, collector.url), authority.fingerprint, SECRET)

    assert pc.enrol(token) == 0

    assert len({request.key for request in (*requests_of(busy), *requests_of(collector))}) == 1
    assert f"Đã kết nối với trung tâm {collector.url}" in pc.out


def test_on_this_machine_a_collector_without_tls_needs_no_ca(
    pc: Pc, start_collector: Callable[..., Any]
):
    plain = start_collector()
    plain.on["/v1/enrol"] = lambda _: (200, encode(ACTIVE))

    assert pc.enrol(EnrolmentToken((plain.url,), "", SECRET)) == 0

    assert [request.path for request in plain.requests] == ["/v1/enrol"]
    assert load(pc.toml).ca_file is None


@pytest.mark.parametrize(
    ("url", "ca", "expected"),
    [
        ("http://198.18.0.10:8480", "", "http:// is for this machine only"),
        ("https://198.18.0.10:8443", "", "the fingerprint of the collector's CA"),
        ("https://198.18.0.10:8443", "12:34", "the fingerprint of the collector's CA"),
        ("ftp://198.18.0.10", "", "expected https://host"),
    ],
)
def test_a_token_that_would_lead_astray_is_refused(pc: Pc, url: str, ca: str, expected: str):
    with pytest.raises(ConfigError, match=expected):
        pc.enrol(EnrolmentToken((url,), ca, SECRET))


# --- again ----------------------------------------------------------------------------------------


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


# --- files of a person ----------------------------------------------------------------------------


def test_what_enrolment_wrote_it_may_write_again(
    pc: Pc, collector: Any, authority: Any, token: EnrolmentToken, start_collector: Any
):
    pc.enrol(token)
    second = start_collector(authority.server())
    moved = EnrolmentToken((collector.url, second.url), authority.fingerprint, SECRET)

    assert pc.enrol(moved) == 0

    assert [str(address) for address in load(pc.toml).collectors] == [collector.url, second.url]


def test_a_file_written_by_hand_is_not_overwritten_and_the_changes_are_named(
    pc: Pc, collector: Any, authority: Any, token: EnrolmentToken
):
    pc.toml.parent.mkdir()
    (pc.toml.parent / "old.pem").write_text("no certificate")
    text = (
        'collectors = ["https://198.18.0.10:8443"]\nca_file = "old.pem"\nstate_dir = "elsewhere"\n'
        f'[identity]\nagent = "by-hand"\nkey_id = "k1"\nkey = "{"5a" * 32}"\n'
    )
    pc.toml.write_text(text)

    with pytest.raises(ConfigError) as raised:
        pc.enrol(token)

    assert raised.value.problems == [
        f"{pc.toml}: identity: remove this table: the machine gets another identity",
        f'{pc.toml}: collectors: the token says ["{collector.url}"]',
        f'{pc.toml}: state_dir: --state-dir says "{pc.state}"',
        f"{pc.toml}: ca_file: expected a file of the CA with SHA-256 {authority.fingerprint}",
    ]
    assert collector.requests == []
    assert pc.toml.read_text() == text


def test_a_file_written_by_hand_that_fits_stays_and_gets_the_ca_it_names(
    pc: Pc, collector: Any, authority: Any, token: EnrolmentToken
):
    pc.toml.parent.mkdir()
    text = (
        f'# Máy của bộ phận một cửa.\ncollectors = ["{collector.url}"]\n'
        f'ca_file = "tinh.pem"\nstate_dir = "{pc.state}"\n[spool]\nmax_mib = 16\n'
    )
    pc.toml.write_text(text)

    assert pc.enrol(token) == 0

    assert pc.toml.read_text() == text
    config = load(pc.toml)
    assert config.identity.agent == "a1b2"
    assert config.spool.max_mib == 16
    assert (pc.toml.parent / "tinh.pem").read_text() == authority.pem


def test_a_folder_that_cannot_be_used_is_told_before_anything_is_sent(
    pc: Pc, collector: Any, token: EnrolmentToken
):
    pc.state.write_text("a file")

    with pytest.raises(ConfigError, match="cannot be used"):
        pc.enrol(token)

    assert collector.requests == []


# --- the command line -----------------------------------------------------------------------------


def test_the_token_need_not_stand_in_a_list_of_processes(
    tmp_path: Path, token: EnrolmentToken, monkeypatch: pytest.MonkeyPatch
):
    import io  # noqa: PLC0415 - only here

    file = tmp_path / "token.txt"
    file.write_text(f"\ufeff{token.text()}\r\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(token.text() + "\n"))

    assert read_token(None, file) == read_token("-", None) == read_token(token.text(), None)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "TOKEN: expected a token, or --token-file FILE"),
        (["a", "--token-file", "b"], "and not both"),
        (["--token-file", "/there-is-none"], "--token-file: /there-is-none: No such file"),
        (["gn1.x-almost-a-secret"], "it was not copied whole"),
        (["geheim"], "as `govnet token create` prints it"),
    ],
)
def test_a_mistake_with_the_token_ends_with_2_and_repeats_nothing(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
):
    assert main(["enrol", *arguments]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert expected in err
    assert "secret" not in err
    assert "geheim" not in err


def test_the_whole_command_enrols(
    pc: Pc, token: EnrolmentToken, capsys: pytest.CaptureFixture[str]
):
    arguments = ["enrol", token.text(), "--config", str(pc.toml), "--state-dir", str(pc.state)]

    assert main(arguments) == 0
    assert "Đã kết nối" in capsys.readouterr().out
    assert main(["check-config", "--config", str(pc.toml)]) == 0
