"""`govnet token`, `agents` and `master-key` as an operator uses them."""

import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from collector.cli import main
from collector.commands.arguments import duration_seconds
from collector.places import ensure_operator_token, local_url, note_trust, note_urls
from collector.siting import Siting
from collector.store import open_store
from collector.store.enrolment import enrol_by_token
from collector.tls import folder
from collector.tls.authority import make_authority
from collector.trusted import fingerprint
from govnet.enrolment import EnrolmentToken, EnrolRequest
from govnet.errors import ConfigError
from inventory.load import load

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the folder of a collector that has run."""
    data = tmp_path / "data"
    data.mkdir()
    ensure_operator_token(data)
    return data


@pytest.fixture
def run(data: Path, small_inventory_file: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the folder; return its status and what it printed."""

    def command(*arguments: str) -> SimpleNamespace:
        needs = {"create", "approve", "rename", "move", "key"}
        given = ["--inventory", str(small_inventory_file)] if needs & set(arguments) else []
        status = main([*arguments, *given, "--data", str(data)])
        printed = capsys.readouterr()
        return SimpleNamespace(status=status, out=printed.out, err=printed.err)

    return command


@pytest.fixture
def enrolled(data: Path, small_inventory_file: Path) -> Callable[..., str]:
    """Enrol a machine by a token's text; return the agent."""

    def enrol(text: str, **said: str) -> str:
        store = open_store(data)
        secret = EnrolmentToken.parse(text).secret
        given = {"key": f"{len(said):064x}", "hostname": "MAY-1"} | said
        request = EnrolRequest(secret=secret, **given)
        siting = Siting(load(small_inventory_file))
        try:
            return enrol_by_token(store, siting, request, "192.0.2.1", 1.0).answer.agent
        finally:
            store.close()

    return enrol


def test_a_token_is_one_word_on_standard_output_and_is_listed_without_its_secret(run: Run):
    made = run("token", "create", "--site", "xa-a", "--uses", "3", "--expires", "12h")
    word = made.out.removesuffix("\n")
    token = EnrolmentToken.parse(word)

    assert (made.status, made.out.count("\n"), " " in word) == (0, 1, False)
    assert (token.collectors, token.ca) == (("http://127.0.0.1:8470",), "")
    assert "for xa-a, 3 machines, until 20" in made.err
    assert ", by http://127.0.0.1:8470\n" in made.err
    assert "only this machine reaches the collector so" in made.err
    assert token.secret not in made.err
    listed = run("token", "list")
    assert "xa-a  3/3" in listed.out
    assert token.secret not in listed.out
    identity = listed.out.splitlines()[1].split()[0]
    assert run("token", "revoke", identity).out == f"{identity}: revoked\n"
    assert "revoked 20" in run("token", "list").out
    assert run("token", "revoke", identity).status == 2


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """Let no file grow beyond a size; not longer than needed, for it holds for pytest too."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


def test_a_database_that_cannot_be_written_is_said_in_one_line(run: Run, data: Path):
    with closing(open_store(data)):
        with full_disk(100_000):
            made = run("token", "create", "--site", "xa-a")

        assert (made.status, made.out) == (1, "")
        assert made.err.startswith("govnet: the database cannot be used: ")
        assert made.err.count("\n") == 1
        assert len(run("token", "list").out.splitlines()) == 1


def test_a_note_of_the_collector_that_is_damaged_is_no_traceback(run: Run, data: Path):
    (data / "local-url").write_bytes(b"\xff\xfe")
    assert "start the collector again" in run("reload").err
    (data / "url").write_bytes(b"\xff\xfe")
    assert "start the collector again" in run("token", "create", "--site", "xa-a").err


def test_a_database_of_a_newer_version_is_refused(run: Run, data: Path):
    with closing(open_store(data)) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    listed = run("token", "list")

    assert listed.status == 2
    assert "or older, a newer version has migrated it" in listed.err


def test_on_a_full_disk_a_collector_notes_what_is_noted_already(data: Path):
    note_urls(data, "http://127.0.0.1:8470", "http://127.0.0.1:8470")
    with full_disk(0):
        note_urls(data, "http://127.0.0.1:8470", "http://127.0.0.1:8470")
        with pytest.raises(ConfigError, match="url: cannot be written: File too large"):
            note_urls(data, "http://127.0.0.1:8471", "http://127.0.0.1:8470")

    assert local_url(data) == "http://127.0.0.1:8470"


def test_a_token_for_tls_carries_the_fingerprint_of_the_ca(run: Run, data: Path, tmp_path: Path):
    note_urls(data, "http://127.0.0.1:8470", "https://198.18.0.10:8470")
    missing = run("token", "create", "--province")
    assert missing.status == 2
    assert "tls/ca.pem, found none: name its file with --ca-file" in missing.err

    old = folder.init(data, ["10.0.0.1"], 30, time.time()).current.certificate
    folder.next_ca(data, time.time())
    way = ("--url", "https://10.0.0.1", "--url", "https://relay.example:8470")
    made = run("token", "create", "--province", *way)
    assert "certificate is not for relay.example but for 10.0.0.1; agents will refuse" in made.err
    assert "renew --name 10.0.0.1 --name relay.example, then govnet reload" in made.err
    assert "https://10.0.0.1: the certificate" not in made.err
    assert "only this machine" not in made.err
    token = EnrolmentToken.parse(made.out)
    assert token.collectors == ("https://10.0.0.1", "https://relay.example:8470")
    assert token.ca == fingerprint(old)
    assert len(token.ca) == 64

    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    assert "in PEM form" in run("token", "create", "--province", "--ca-file", str(wrong)).err
    assert "cannot be read" in run("token", "create", "--province", "--ca-file", "/nowhere").err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--site", "xa-b"), "--site: expected a site, got 'xa-b'"),
        (("--site", "xa-a", "--uses", "0"), "--uses: expected 1 to"),
        (("--site", "xa-a", "--expires", "7"), "--expires: expected a time like"),
        (("--site", "xa-a", "--url", "http://198.18.0.1"), "--url: expected https"),
        (
            ("--site", "xa-a", "--url", "https://me:hush-hush@198.18.0.1"),
            "--url: expected https://HOST[:PORT] without user and password, found some in it\n",
        ),
    ],
)
def test_a_mistake_makes_no_token(run: Run, options: tuple[str, ...], problem: str):
    made = run("token", "create", *options)

    assert (made.status, made.out) == (2, "")
    assert problem in made.err
    assert len(run("token", "list").out.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800.0), ("12h", 43_200.0), ("7d", 604_800.0)]
)
def test_a_time_is_read(text: str, seconds: float):
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "367d", "7 d", "1w", "99999999d"])
def test_another_time_is_refused(text: str):
    with pytest.raises(ConfigError, match="30m, 12h, 7d"):
        duration_seconds(text)


def test_pending_agents_are_listed_approved_renamed_moved_and_revoked(
    run: Run, enrolled: Callable[..., str]
):
    word = run("token", "create", "--province").out
    agent = enrolled(word)

    listed = run("agents", "list", "--pending").out
    assert f"-        {agent}  pending  MAY-1" in listed
    assert "no code given; network unknown (192.0.2.1)" in listed
    assert run("agents", "approve", "--all").err.startswith("0 approved, 1 wait on")
    assert "--site" in run("agents", "approve", agent).err
    assert run("agents", "approve", agent, agent, "--site", "xa-a").out == (
        f"xa-a/pc-001: {agent} approved\n"
    )
    assert run("agents", "list", "--pending").err == "no agent waits\n"
    assert run("agents", "rename", agent, "mot-cua").out == f"xa-a/mot-cua: {agent}\n"
    assert run("agents", "rename", agent, "cpe").status == 2
    assert "expected up to 64 letters" in run("agents", "rename", agent, "một cửa").err
    assert run("agents", "move", agent, "trung-tam").out == f"trung-tam/pc-001: {agent}\n"
    assert run("agents", "rotate", agent).out.startswith("1 agent replaces its key")
    assert run("agents", "rotate", "--all").out.startswith("1 agent replaces its key")
    (row,) = json.loads(run("agents", "list", "--json").out)
    assert (row["machine"], row["state"], row["hostname"]) == (
        "trung-tam/pc-001",
        "active",
        "MAY-1",
    )
    assert run("agents", "revoke", agent).out == f"trung-tam/pc-001: {agent} revoked\n"
    assert "is revoked" in run("agents", "move", agent, "xa-a").err
    changes = run("agents", "changes").out
    for action in ("token created", "agent enrolled", "approved", "moved", "renewal", "revoked"):
        assert action in changes
    assert EnrolmentToken.parse(word).secret not in changes


def test_those_from_one_network_are_approved_together(run: Run, enrolled: Callable[..., str]):
    word = run("token", "create", "--province", "--uses", "2").out
    first, second = enrolled(word, key="0" * 64), enrolled(word, key="1" * 64)

    elsewhere = run("agents", "approve", "--from", "198.18.7.0/25", "--site", "xa-a")
    both = run("agents", "approve", "--from", "192.0.2.0/24", "--site", "xa-a")

    assert (elsewhere.out, elsewhere.err.split(";")[0]) == ("", "0 approved, 2 wait on")
    assert both.out == f"xa-a/pc-001: {first} approved\nxa-a/pc-002: {second} approved\n"
    assert both.err == "2 approved, 0 wait on\n"
    assert len(run("agents", "list", "--site", "xa-a").out.splitlines()) == 3
    assert run("agents", "list", "--site", "trung-tam").err == "no agent yet\n"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--from", "198.18.7.0/25"), "--from: expected --site SITE beside it"),
        (("--from", "xa-a", "--site", "xa-a"), "--from: expected an address or network"),
        (("--from", "198.18.7.1", "--all", "--site", "xa-a"), "neither agents nor --all"),
        (("--all", "--site", "xa-z"), "site 'xa-z': not in the inventory"),
    ],
)
def test_a_mistake_approves_nobody(run: Run, options: tuple[str, ...], problem: str):
    done = run("agents", "approve", *options)

    assert (done.status, done.out) == (2, "")
    assert problem in done.err


@pytest.mark.parametrize("action", ["approve", "rotate"])
def test_either_agents_or_all_are_named(run: Run, action: str):
    for arguments in ((action,), (action, "x", "--all")):
        assert "either agents" in run("agents", *arguments).err


def test_the_master_key_is_replaced(run: Run, data: Path):
    run("agents", "key", "--site", "xa-a")
    file = Path(f"{data}.master-key")
    before = file.read_text()

    rotated = run("master-key", "rotate")

    assert rotated.out == f"{file}: a new master key; 1 keys sealed anew\n"
    assert file.read_text() != before
    assert file.read_text().strip() not in rotated.out
    assert run("agents", "list").status == 0


def test_a_token_names_the_ca_that_the_collector_was_given(run: Run, data: Path, tmp_path: Path):
    """Its certificates are the province's own: `tls_ca_file` of collector.toml."""
    note_urls(data, "https://127.0.0.1:8470", "https://198.18.0.10:8470")
    authority = make_authority(1e9).certificate
    file = tmp_path / "province-ca.pem"
    file.write_bytes(authority.public_bytes(Encoding.PEM))
    note_trust(data, "198.18.0.10", file)

    token = EnrolmentToken.parse(run("token", "create", "--province").out)

    assert token.ca == fingerprint(authority)
