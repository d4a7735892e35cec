"""The file of credentials: what it may say, and that nothing in it is ever shown."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.cli import main
from collector.config import Config, CredentialsOptions, load_config
from collector.credentials_file import load_both, load_credentials
from collector.derivation.derive import Derivation
from collector.metrics.exposition import Part
from collector.process import Collector
from collector.wire import AgentIdentity
from govnet.errors import ConfigError
from govnet.settings import Login, Secret, SnmpAccess

GOLDEN = Path(__file__).parents[1] / "golden" / "credentials"
GOOD = """\
snmp:
  routers:
    version: "3"
    user: govnet
    authentication: sha256
    authentication_key: mot-khoa-bi-mat
    privacy: aes128
    privacy_key: hai-khoa-bi-mat
  ups: {community: cong-dong-bi-mat, version: "2c", port: 1161}
logins:
  codecs: {user: giamsat, password: "mat:khau bi mat"}
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "credentials.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_credentials(path)
    return [line.removeprefix(f"{path}:") for line in caught.value.problems]


def test_accesses_and_accounts_are_read_by_name(tmp_path: Path):
    found = load_credentials(written(tmp_path, GOOD))

    assert found.access("routers") == SnmpAccess(
        version="3",
        user="govnet",
        authentication="sha256",
        authentication_key=Secret("mot-khoa-bi-mat"),
        privacy="aes128",
        privacy_key=Secret("hai-khoa-bi-mat"),
    )
    assert found.access("ups") == SnmpAccess(community=Secret("cong-dong-bi-mat"), port=1161)
    assert found.login("codecs") == Login(user="giamsat", password=Secret("mat:khau bi mat"))
    assert found.access("codecs") is found.login(None) is None
    assert "bi-mat" not in repr(found)
    assert "bi mat" not in str(found)


def test_an_empty_file_has_none(tmp_path: Path):
    found = load_credentials(written(tmp_path, "snmp:\nlogins: {}\n"))

    assert (found.snmp, found.logins) == ({}, {})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int):
    path = written(tmp_path, GOOD, mode)

    with pytest.raises(ConfigError) as caught:
        load_credentials(path)
    assert f"{path}: expected a file for its owner only, found mode {mode:04o};" in str(
        caught.value
    )


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        load_credentials(tmp_path / "none.yaml")


BAD = """\
snmp:
  a: {version: 3, user: bimat1}
  b: {version: "3", user: u, authentication: md5, authentication_key: bimat22, privacy: aes128}
  c: {version: "2c", user: u, comunity: bimat3}
  d: bimat44
  Không: {community: bimat5}
  e: {version: "3", user: u, privacy: aes128, privacy_key: bimat66}
  f: {community: 12345678, port: 0}
logins:
  g: {user: u}
  h: {user: u, password: ""}
bimat7: 1
"""


def test_every_mistake_is_told_at_once_and_none_with_what_stands_there(
    tmp_path: Path, golden: Callable[[Path, str], None]
):
    text = "".join(f"{line}\n" for line in mistakes(tmp_path, BAD))

    assert "bimat" not in text
    golden(GOLDEN / "bad.err", text)


@pytest.mark.parametrize(
    "text",
    [
        "logins: {a: {user: u, password: *bimat}}",
        "logins: {a: {user: u, password: !bimat x}}",
        "logins: {a: {user: u, password: @bimat}}",
        "logins: {a: {user: u, password: `bimat}}",
        "logins:\n  a:\n    user: u\n    password: bimat: bimat",
        "logins: {a: {user: u, password: 987654321987654321987}}",
        "logins: {a: {bimat: u, bimat: u}}",
        "logins: {a: {true: bimat}}",
        'logins: {a: {user: u, password: "bimat\\u202e"}}',
        "- bimat",
        "bimat",
        "bimat: [",
        "logins: bimat",
        "snmp: {a: {version: bimat}}",
        "snmp: {a: {? {b: c} : bimat}}",
    ],
)
def test_no_mistake_shows_a_secret(tmp_path: Path, text: str):
    shown = " ".join(mistakes(tmp_path, text))

    assert "bimat" not in shown
    assert "98765" not in shown


@given(secret=st.text(alphabet=st.characters(codec="utf-8"), min_size=8, max_size=30))
@settings(deadline=None, max_examples=60)
def test_whatever_is_written_as_a_password_is_never_shown(
    tmp_path_factory: pytest.TempPathFactory, secret: str
):
    """Unquoted, it may be an alias, a tag, a comment, a number or no YAML at all."""
    path = written(tmp_path_factory.mktemp("c"), f"logins:\n  a: {{user: u, password: {secret}}}\n")
    try:
        shown = repr(load_credentials(path))
    except ConfigError as exc:
        shown = str(exc)

    assert secret not in shown


INVENTORY = """\
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: c}
units: [{id: u, name: Đơn vị, kind: agency, latitude: 12.0, longitude: 108.0}]
profiles: {machines: [{id: pc, name: Máy, role: pc}]}
sites:
  - id: c
    unit: u
    name: Trung tâm
    kind: data_centre
    machines: [{id: m, profile: pc, vantage: true}]
    devices: [{id: sw, kind: switch, address: 198.18.0.2, snmp: routers, traps: true}]
    conference_points:
      - {id: vc, kind: codec, address: 198.18.0.3, protocols: [cisco_xapi], login: codecs}
"""


def inventory_beside(folder: Path, text: str = INVENTORY) -> Path:
    path = folder / "inventory.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_that_the_file_lacks_are_told_with_who_uses_them(tmp_path: Path):
    path = written(tmp_path, GOOD.replace("  codecs:", "  phong-hop:"))

    with pytest.raises(ConfigError) as caught:
        load_both(inventory_beside(tmp_path), path)
    assert caught.value.problems == [
        f"{path}: logins: expected 'codecs', which c/vc names in the inventory, got none"
    ]


def test_mistakes_of_inventory_and_credentials_are_told_together(tmp_path: Path):
    path = written(tmp_path, "snmp: 1")

    with pytest.raises(ConfigError) as caught:
        load_both(inventory_beside(tmp_path, INVENTORY.replace("centre: c", "centre: d")), path)
    assert len(caught.value.problems) == 2


def test_inventory_check_reads_the_file_that_a_configuration_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    inventory = inventory_beside(tmp_path)
    path = written(tmp_path, "logins: {codecs: {user: u, password: mat-khau}}")
    config = tmp_path / "collector.toml"
    config.write_text('[credentials]\nfile = "credentials.yaml"\n', encoding="utf-8")

    assert load_config(config).credentials.file == str(path)
    status = main(["inventory", "check", "--config", str(config), str(inventory)])

    told = capsys.readouterr()
    assert status == 2
    assert f"{path}: snmp: expected 'routers'" in told.err
    assert "mat-khau" not in told.out + told.err


def test_a_reload_follows_the_file_and_a_bad_one_leaves_all_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """The whole collector, at the lowest log level: no secret stands in what it says."""
    path = written(tmp_path, GOOD)
    config = Config(
        inventory=str(inventory_beside(tmp_path)),
        data_dir=str(tmp_path / "data"),
        credentials=CredentialsOptions(file=str(path)),
    )
    agent = AgentIdentity("a", "c", "c/m")
    caplog.set_level(logging.DEBUG)

    async def nothing() -> None:
        """Serve nobody, so that the collector is closed at once."""

    def told(collector: Collector) -> bytes:
        live = collector._live
        return Derivation(live.inventory, [agent], credentials=live._credentials).encoded(agent)

    async def play() -> list[bytes]:
        collector = Collector(config)
        steps = [told(collector)]
        written(tmp_path, GOOD.replace("mot-khoa", "moi-khoa"))
        await collector.reload()
        steps.append(told(collector))
        written(tmp_path, GOOD.replace("  codecs:", "  khac:"))
        with pytest.raises(ConfigError) as caught:
            await collector.reload()
        steps.append(told(collector))
        exposed = b"".join(collector._live.exposition(Part.ALL))
        steps.append(exposed + str(caught.value).encode())
        await collector.run_beside(nothing())
        return steps

    first, second, third, shown = asyncio.run(play())

    assert b"mot-khoa-bi-mat" in first
    assert b"moi-khoa-bi-mat" in second
    assert second == third
    kept = b"".join(one.read_bytes() for one in (tmp_path / "data").rglob("*") if one.is_file())
    said = caplog.text.encode() + "".join(repr(vars(one)) for one in caplog.records).encode()
    for secret in (b"khoa-bi-mat", b"cong-dong-bi-mat", b"mat:khau"):
        assert secret not in shown + said + kept
