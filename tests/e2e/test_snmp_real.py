"""SNMP against a real device of another make: net-snmp's snmpd."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.probe import snmp
from agent.probe.outcome import Outcome
from govnet.settings import Secret, SnmpAccess

pytestmark = pytest.mark.e2e

DESCR, NAME, NOTHING = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.99.0"
IF_NAME, IF_TYPE, IF_IN = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.3", "1.3.6.1.2.1.2.2.1.10"

USERS = [
    ("sha", ""),
    ("sha224", "aes128"),
    ("sha256", "aes128"),
    ("sha384", "aes192"),
    ("sha512", "aes256"),
    ("sha", "aes256"),
]
"""Algorithms of users that the device knows."""

THEIRS = {
    "": "",
    "sha": "SHA",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "aes128": "AES",
    "aes192": "AES-192",
    "aes256": "AES-256",
}
"""What net-snmp calls the algorithms."""

CONFIGURATION = """\
agentAddress udp:127.0.0.1:{port},udp6:[::1]:{port}
rocommunity {community} 127.0.0.1
rocommunity6 {community} ::1
sysName cong-tac-tang-2
sysDescr Switch under test
"""


@dataclass(frozen=True)
class Snmpd:
    """A running snmpd."""

    port: int
    community: SnmpAccess

    def user(self, authentication: str, privacy: str) -> SnmpAccess:
        """Return the access of one of its users."""
        return SnmpAccess(
            version="3",
            user=f"u-{authentication}-{privacy}",
            authentication=authentication,
            authentication_key=Secret("khoa xac thuc"),
            privacy=privacy,
            privacy_key=Secret("khoa ma hoa"),
            port=self.port,
        )


@pytest.fixture(scope="module")
def snmpd(
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Callable[[], int],
    start_program: Callable[[list[str], Callable[[], bool]], None],
) -> Snmpd:
    folder = tmp_path_factory.mktemp("snmpd")
    assert shutil.which("snmpd") is not None, "snmpd is not installed: apt-get install snmpd"
    port = free_port()
    access = SnmpAccess(community=Secret("chi-doc"), port=port)
    found = Snmpd(port, access)
    lines = [CONFIGURATION.format(port=port, community="chi-doc")]
    for authentication, privacy in USERS:
        user = found.user(authentication, privacy)
        keys = f'{THEIRS[authentication]} "{user.authentication_key.reveal()}"'
        if privacy:
            keys += f' {THEIRS[privacy]} "{user.privacy_key.reveal()}"'
        lines.append(f"createUser {user.user} {keys}")
        lines.append(f"rouser {user.user} {'priv' if privacy else 'auth'}")
    configuration = folder / "snmpd.conf"
    configuration.write_text("\n".join(lines) + "\n")
    environment = ["env", "MIBS=", f"SNMP_PERSISTENT_DIR={folder / 'state'}"]
    command = ["snmpd", "-f", "-C", "-c", str(configuration), "-Lo", "-p", str(folder / "pid")]
    start_program([*environment, *command], lambda: _answers(access))
    return found


def _answers(access: SnmpAccess) -> bool:
    found = snmp.get("127.0.0.1", [NAME], access=access, timeout_seconds=0.5)
    return found.outcome is Outcome.ANSWERED


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("version", ["1", "2c"])
def test_communities(snmpd: Snmpd, version: str, address: str) -> None:
    access = replace(snmpd.community, version=version)
    values = snmp.get(address, [DESCR, NOTHING, NAME], access=access, timeout_seconds=5)
    rows = snmp.walk(address, [IF_NAME, IF_TYPE, IF_IN], access=access, timeout_seconds=5)

    assert values.values == {DESCR: b"Switch under test", NAME: b"cong-tac-tang-2"}
    assert b"lo" in rows.columns[IF_NAME].values()
    assert (
        rows.columns[IF_NAME].keys() == rows.columns[IF_TYPE].keys() == rows.columns[IF_IN].keys()
    )


@pytest.mark.parametrize(("authentication", "privacy"), USERS)
def test_users_with_every_algorithm(snmpd: Snmpd, authentication: str, privacy: str) -> None:
    access = snmpd.user(authentication, privacy)
    values = snmp.get("127.0.0.1", [NAME], access=access, timeout_seconds=5)
    rows = snmp.walk("127.0.0.1", [IF_NAME], access=access, timeout_seconds=5)

    assert values.values == {NAME: b"cong-tac-tang-2"}
    assert b"lo" in rows.columns[IF_NAME].values()


def test_a_wrong_community_is_silence(snmpd: Snmpd) -> None:
    access = replace(snmpd.community, community=Secret("public"))
    found = snmp.get("127.0.0.1", [NAME], access=access, timeout_seconds=0.3)

    assert found.outcome is Outcome.TIMEOUT


def test_a_closed_port_is_told_at_once(snmpd: Snmpd, free_port: Callable[[], int]) -> None:
    for access in (snmpd.community, snmpd.user("sha256", "aes128")):
        for address in ("127.0.0.1", "::1"):
            closed = replace(access, port=free_port())
            found = snmp.get(address, [NAME], access=closed, timeout_seconds=10)

            assert found.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"user": "nobody"}, "the device does not know this user"),
        ({"authentication_key": Secret("another key")}, "refuses the authentication key"),
        ({"authentication": "sha512"}, "refuses the authentication key or its algorithm"),
    ],
)
def test_who_is_not_accepted_is_told_why(
    snmpd: Snmpd, wrong: dict[str, str], expected: str
) -> None:
    access = replace(snmpd.user("sha256", "aes128"), **wrong)
    found = snmp.get("127.0.0.1", [NAME], access=access, timeout_seconds=5)

    assert found.outcome is Outcome.DENIED
    assert expected in found.detail


def test_less_security_than_the_user_must_use_gives_no_value(snmpd: Snmpd) -> None:
    access = replace(snmpd.user("sha256", "aes128"), privacy="", privacy_key=Secret(""))
    found = snmp.get("127.0.0.1", [NAME], access=access, timeout_seconds=5)

    assert found.values == {}


@pytest.mark.parametrize("wrong", [{"privacy_key": Secret("another key")}, {"context": "vlan-7"}])
def test_what_snmpd_answers_by_silence_is_told_as_far_as_it_shows(
    snmpd: Snmpd, wrong: dict[str, str]
) -> None:
    access = replace(snmpd.user("sha256", "aes128"), **wrong)
    for _ in range(2):
        found = snmp.get("127.0.0.1", [NAME], access=access, timeout_seconds=1.5)

        assert found.outcome is Outcome.TIMEOUT
        assert "perhaps a wrong privacy key or context" in found.detail


def test_two_users_of_one_name_at_two_devices_have_their_own_keys(
    snmpd: Snmpd,
    tmp_path: Path,
    free_port: Callable[[], int],
    own_program: Callable[[list[str], Callable[[], bool]], None],
) -> None:
    """Nobody may change what the other one knows, in whatever order they are asked."""
    port = free_port()
    same_name = snmpd.user("sha256", "aes128")
    other = replace(same_name, authentication_key=Secret("khoa khac han"), port=port)
    configuration = tmp_path / "snmpd.conf"
    configuration.write_text(
        f"agentAddress udp:127.0.0.1:{port}\nsysName may-khac\n"
        f'createUser {other.user} SHA-256 "khoa khac han" AES "khoa ma hoa"\n'
        f"rouser {other.user} priv\n"
    )
    environment = ["env", "MIBS=", f"SNMP_PERSISTENT_DIR={tmp_path / 'state'}"]
    command = ["snmpd", "-f", "-C", "-c", str(configuration), "-Lo", "-p", str(tmp_path / "pid")]
    own_program([*environment, *command], lambda: _answers(other))

    names = [
        snmp.get("127.0.0.1", [NAME], access=access, timeout_seconds=5).values[NAME]
        for access in (same_name, other) * 2
    ]

    assert [b"cong-tac-tang-2", b"may-khac"] * 2 == names
