"""IMAP and POP3 against a real mailbox server (dovecot), plain, with STARTTLS, and over TLS."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from agent.probe import mail
from agent.probe.mail import Security, greet
from agent.probe.outcome import Outcome
from agent.probe.tls import Handshake
from govnet.settings import ServiceSettings

pytestmark = pytest.mark.e2e

DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/state
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
log_path = /dev/stderr
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
}}
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
"""


class Identity(Protocol):
    certificate: Path
    key: Path
    expires_at: float


@dataclass(frozen=True)
class Ports:
    imap: int
    imaps: int
    pop3: int
    pop3s: int


@pytest.fixture(scope="module")
def dovecot(
    tmp_path_factory: pytest.TempPathFactory,
    identity: Identity,
    free_port: Callable[[], int],
    start_program: Callable[[list[str], Callable[[], bool]], None],
) -> Ports:
    folder = tmp_path_factory.mktemp("dovecot")
    ports = Ports(free_port(), free_port(), free_port(), free_port())
    config = folder / "dovecot.conf"
    config.write_text(
        DOVECOT.format(
            folder=folder,
            certificate=identity.certificate,
            key=identity.key,
            imap=ports.imap,
            imaps=ports.imaps,
            pop3=ports.pop3,
            pop3s=ports.pop3s,
        )
    )
    assert shutil.which("dovecot"), "dovecot is not installed: apt-get install dovecot-imapd"

    def is_ready() -> bool:
        visit = greet(
            mail.Protocol.IMAP, "127.0.0.1", ports.imap, security=Security.NONE, timeout_seconds=5
        )
        return visit.status == "OK"

    start_program(["dovecot", "-F", "-c", str(config)], is_ready)
    return ports


def _assert_shown(handshake: Handshake | None, identity: Identity) -> None:
    assert handshake is not None
    assert handshake.verified
    assert handshake.certificate_expires_at == identity.expires_at


@pytest.mark.parametrize(
    ("protocol", "status", "capabilities"),
    [
        (mail.Protocol.IMAP, "OK", {"IMAP4REV1", "STARTTLS"}),
        (mail.Protocol.POP3, "+OK", {"UIDL", "STLS"}),
    ],
)
def test_server_changes_to_tls(
    dovecot: Ports,
    identity: Identity,
    protocol: mail.Protocol,
    status: str,
    capabilities: set[str],
) -> None:
    seen = greet(
        protocol,
        "127.0.0.1",
        getattr(dovecot, protocol),
        timeout_seconds=10,
        ca_file=str(identity.certificate),
    )

    assert (seen.outcome, seen.status, seen.willing) == (Outcome.ANSWERED, status, True)
    assert "Dovecot" in seen.greeting
    assert capabilities <= set(seen.capabilities)
    _assert_shown(seen.handshake, identity)


@pytest.mark.parametrize("protocol", [mail.Protocol.IMAP, mail.Protocol.POP3])
def test_server_speaks_tls_from_the_start(
    dovecot: Ports, identity: Identity, protocol: mail.Protocol
) -> None:
    seen = greet(
        protocol,
        "127.0.0.1",
        getattr(dovecot, f"{protocol}s"),
        security=Security.TLS,
        timeout_seconds=10,
        ca_file=str(identity.certificate),
    )

    assert (seen.outcome, seen.willing) == (Outcome.ANSWERED, True)
    assert not {"STARTTLS", "STLS"} & set(seen.capabilities)
    _assert_shown(seen.handshake, identity)


def test_untrusted_certificate_is_seen_and_named(dovecot: Ports) -> None:
    seen = greet(mail.Protocol.POP3, "127.0.0.1", dovecot.pop3, timeout_seconds=10)

    assert seen.handshake is not None
    assert seen.handshake.fault == "self_signed"


@pytest.mark.parametrize("scheme", ["imap", "imaps", "pop3", "pop3s"])
def test_service_check_uses_the_server_as_its_scheme_says(
    dovecot: Ports,
    identity: Identity,
    measured: Callable[[ServiceSettings], dict[str, float]],
    scheme: str,
) -> None:
    url = f"{scheme}://127.0.0.1:{getattr(dovecot, scheme)}"
    seen = measured(ServiceSettings(target="t", url=url, verify_certificate=False))

    assert seen["govnet_service_up"] == 1
    assert seen["govnet_service_certificate_expiry_timestamp_seconds"] == identity.expires_at
    assert seen['govnet_service_certificate_fault{fault="self_signed"}'] == 1
