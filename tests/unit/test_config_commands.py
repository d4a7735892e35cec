"""`govnet config check` and `show`: every mistake at once; where every value comes from."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.cli import main
from collector.commands import lookup
from collector.config import Config
from collector.store.database import FILE_NAME
from collector.store.vault import CREDENTIAL
from tests.server_pem import written


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of a machine without an installed centre."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(lookup.ENVIRONMENT, raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(lookup, "INSTALLED", tmp_path / "etc" / "collector.toml")


@pytest.fixture
def toml(tmp_path: Path, small_inventory_file: Path) -> Path:
    """Return a file of options that name the small inventory, without a mistake."""
    path = tmp_path / "collector.toml"
    path.write_text(f'inventory = "{small_inventory_file}"\n')
    return path


def checked(capsys: pytest.CaptureFixture[str], status: int, *options: str) -> list[str]:
    """Run the check; return what it said."""
    assert main(["config", "check", *options]) == status
    said = capsys.readouterr()
    assert (said.err if status == 0 else said.out) == ""
    return (said.out if status == 0 else said.err).splitlines()


def certificate(path: Path, days: int) -> Path:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "collector.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    written(path.with_name(f"other-{path.name}"), made, other)
    return written(path, made, key)


def test_a_file_that_an_editor_of_windows_wrote_is_read(
    toml: Path, capsys: pytest.CaptureFixture[str]
):
    toml.write_bytes(b"\xef\xbb\xbf" + toml.read_bytes().replace(b"\n", b"\r\n"))

    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == "collector.toml: no mistakes\n"


def test_lists_without_end_are_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "collector.toml").write_text("a = " + "[" * 100_000)

    assert main(["config", "check"]) == 2
    assert "collector.toml: expected options" in capsys.readouterr().err


def test_a_folder_that_cannot_be_looked_at_is_a_mistake_in_its_place(
    toml: Path, capsys: pytest.CaptureFixture[str]
):
    """Of a name that is too long, or above which somebody else's folder lies."""
    toml.write_text(toml.read_text() + f'data_dir = "{"d" * 5_000}"\n')

    told = checked(capsys, 2, "--config", str(toml))

    assert told[0].startswith(f"{toml}:2:1: data_dir: ")
    assert told[0].endswith("cannot be looked at: File name too long")


def test_a_token_that_no_request_can_carry_is_a_mistake_in_its_place(
    toml: Path, capsys: pytest.CaptureFixture[str]
):
    token = toml.parent / "token"
    token.write_text("hush\nhush\n")
    toml.write_text(toml.read_text() + '[grafana]\ntoken_file = "token"\n')

    told = checked(capsys, 2, "--config", str(toml))

    expected = "expected one word of printable ASCII characters"
    assert told == [f"{toml}:3:1: grafana.token_file: {token}: {expected}"]


def test_a_good_configuration_has_no_mistakes(toml: Path, capsys: pytest.CaptureFixture[str]):
    assert checked(capsys, 0) == ["collector.toml: no mistakes"]
    assert checked(capsys, 0, "--config", str(toml)) == [f"{toml}: no mistakes"]


def test_every_mistake_is_told_at_once_each_at_its_place(
    toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "short").write_text("ngan")
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "credentials.yaml").write_text("snmp: 1\n")
    (tmp_path / "credentials.yaml").chmod(0o600)
    (tmp_path / "inventory.yaml").write_text("lạ: 1\n")
    (tmp_path / "no-folder").write_text("")
    toml.write_text(
        """\
lisen = 3
inventory = "inventory.yaml"
data_dir = "no-folder"
api_token_file = "short"
metrics_token_file = "none"

[credentials]
file = "credentials.yaml"

[log]
syslog = "tls://siem.example"
syslog_ca_file = "empty"

[retention]
audit_days = 90

[[remote_write]]
name = "vm"
url = "https://vm.example/api/v1/write"
token_file = "empty"
"""
    )
    said = checked(capsys, 2)

    assert [line.partition(" ")[0] for line in said[:7]] == [
        "collector.toml:1:1:",
        "collector.toml:15:1:",
        "collector.toml:3:1:",
        "collector.toml:4:1:",
        "collector.toml:5:1:",
        "collector.toml:20:1:",
        "collector.toml:12:1:",
    ]
    rest = "\n".join(said[7:])
    assert "inventory.yaml:1:1: " in rest
    assert "credentials.yaml:1:7: " in rest
    assert 'did you mean "listen"?' in said[0]
    assert "api_token_file: short: expected a token of 16 characters" in said[3]
    assert "remote_write[0].token_file: empty: expected a secret, the file is empty" in said[5]
    assert "ngan" not in "\n".join(said)


def test_a_file_that_is_no_toml_is_told_with_its_place(
    toml: Path, capsys: pytest.CaptureFixture[str]
):
    toml.write_text("listen = \n")

    assert checked(capsys, 2)[0].startswith("collector.toml:1:10: ")


@pytest.mark.parametrize(
    ("certified", "expected"),
    [
        (("good.pem", 100), None),
        (("good.pem", -1), "expected a certificate in date, it has expired"),
        (("other-good.pem", 100), "good.pem"),
        (("none.pem", 100), "none.pem"),
    ],
)
def test_certificate_and_key_are_a_pair_and_in_date(
    toml: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    certified: tuple[str, int],
    expected: str | None,
):
    """`certified` is the file that is named, and how many days its certificate is good."""
    file, days = certified
    certificate(tmp_path / "good.pem", days)
    toml.write_text(f'{toml.read_text()}tls_certificate_file = "{file}"\n')

    said = checked(capsys, 2 if expected else 0)
    if expected:
        (problem,) = said
        assert problem.startswith("collector.toml:2:1: tls_certificate_file: ")
        assert expected in problem


def test_a_master_key_that_is_missing_where_keys_are_sealed_is_told(
    toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    toml.write_text(f'{toml.read_text()}master_key_file = "master.key"\n')
    assert checked(capsys, 0)

    (tmp_path / "govnet-data").mkdir()
    (tmp_path / "govnet-data" / FILE_NAME).touch()
    (problem,) = checked(capsys, 2)
    assert "master_key_file: master.key: expected the key that sealed the agents' keys" in problem


def shown(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, tuple[object, str]]:
    """Return value and source by option."""
    assert main(["config", "show", "--json", *options]) == 0
    told = json.loads(capsys.readouterr().out)
    return {one["name"]: (one["value"], one["source"]) for one in told["options"]}


def test_every_value_is_shown_with_where_it_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    toml = tmp_path / "etc" / "collector.toml"
    toml.parent.mkdir()
    toml.write_text(
        'data_dir = "data"\nlisten = "127.0.0.1:1"\n[log]\nlevel = "debug"\n'
        '[[remote_write]]\nname = "vm"\nurl = "https://vm.example/write?token=bi-mat"\n'
        '[alerts]\nalertmanager_url = "http://198.18.0.4:9093"\n'
    )
    credential = tmp_path / "credentials" / CREDENTIAL
    credential.parent.mkdir()
    credential.write_text("0" * 64)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credential.parent))

    found = shown(capsys, "--listen", "127.0.0.1:2")
    assert found["listen"] == ("127.0.0.1:2", "--listen")
    assert found["data_dir"] == (str(toml.parent / "data"), f"{toml}:1")
    assert found["log.level"] == ("debug", f"{toml}:4")
    assert found["log.format"] == ("text", "default")
    assert found["retention.audit_days"] == (400.0, "default")
    assert found["remote_write[0].url"] == ("https://vm.example/write?token=…", f"{toml}:7")
    assert found["alerts.alertmanager_url"] == ("http://198.18.0.4:9093", f"{toml}:9")
    assert found["master_key_file"] == (str(credential), "environment CREDENTIALS_DIRECTORY")
    assert {name.partition(".")[0].partition("[")[0] for name in found} == set(
        Config.__struct_fields__
    )


@pytest.mark.parametrize("way", ["--config", "environment", "found"])
def test_it_says_why_it_is_this_file(
    toml: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, way: str
):
    if way == "environment":
        monkeypatch.setenv(lookup.ENVIRONMENT, str(toml))
    options = ("--config", str(toml)) if way == "--config" else ()
    assert main(["config", "show", *options]) == 0

    head, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("# collector.toml: ")
    assert way in head
    assert rows[0].split("  # ") == [
        'listen = "127.0.0.1:8470"' + rows[0][25:].split("  #")[0],
        "default",
    ]
    assert len(rows[0]) < 80, "one long option leaves the lines of the others short"


def test_what_cannot_be_read_is_told_as_mistakes(toml: Path, capsys: pytest.CaptureFixture[str]):
    toml.write_text("listen = 3\n")

    assert main(["config", "show"]) == 2
    assert "collector.toml:1:1: listen: expected `str`" in capsys.readouterr().err
