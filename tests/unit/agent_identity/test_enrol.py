"""`govnet-agent enrol` against scripted collectors: what it sends, and what it leaves."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.config import load
from agent.enrolment.enrol import read_token
from govnet.enrolment import EnrolmentToken, encode
from govnet.errors import ConfigError
from govnet.report import crc
from tests.unit.agent_identity.enrolling import (
    ACTIVE,
    HARDWARE,
    SECRET,
    Pc,
    key_on_disk,
    requests_of,
)


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
