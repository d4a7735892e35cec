"""What is wrong with a certificate is told in one word each, and its expiry is read as well."""

import datetime as dt
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.probe import tls
from govnet.catalogue import CERTIFICATE_FAULTS
from tests.server_pem import context_of, written
from tests.unit.deadlines import ANSWER_SECONDS

BEGINS = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ENDS = dt.datetime(2049, 1, 1, tzinfo=dt.UTC)


class Maker:
    """Makes certificates of one CA, and servers that show them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._ca = self._make("ca", BEGINS, ENDS, ca=True)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self._ca.public_bytes(serialization.Encoding.PEM))

    def _make(
        self, name: str, begins: dt.datetime, ends: dt.datetime, *, ca: bool, key: Any = None
    ) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("ca"))
            .public_key((key or self._key).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def server(
        self, begins: dt.datetime = BEGINS, ends: dt.datetime = ENDS
    ) -> Callable[[socket.socket], None]:
        """Return what a server with a certificate for cong.example does."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._make("cong.example", begins, ends, ca=False, key=key)
        context = context_of(written(self._folder / "server.pem", certificate, key))

        def script(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)

        return script


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def _seen(port: int, name: str = "cong.example", ca_file: Path | None = None) -> tls.Handshake:
    seen = tls.probe(
        "127.0.0.1",
        port,
        timeout_seconds=ANSWER_SECONDS,
        server_name=name,
        ca_file=str(ca_file) if ca_file else None,
    )
    assert seen.handshake is not None
    return seen.handshake


def test_good_certificate_has_no_fault(tcp_peer: Callable[..., Any], maker: Maker) -> None:
    seen = _seen(tcp_peer(maker.server()).port, ca_file=maker.ca_file)

    assert (seen.verified, seen.fault) == (True, "")


def test_end_and_begin_are_told_apart(tcp_peer: Callable[..., Any], maker: Maker) -> None:
    past = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    future = dt.datetime(2048, 1, 1, tzinfo=dt.UTC)
    expired = _seen(tcp_peer(maker.server(ends=past)).port, ca_file=maker.ca_file)
    too_new = _seen(tcp_peer(maker.server(begins=future)).port, ca_file=maker.ca_file)

    assert (expired.fault, expired.certificate_expires_at) == ("expired", past.timestamp())
    assert (too_new.fault, too_new.certificate_expires_at) == ("not_yet_valid", ENDS.timestamp())


def test_issuer_and_name_are_told_apart(tcp_peer: Callable[..., Any], maker: Maker) -> None:
    peer = tcp_peer(maker.server())
    unknown = _seen(peer.port)
    misnamed = _seen(peer.port, "mail.example", maker.ca_file)
    misaddressed = _seen(peer.port, "198.18.1.1", maker.ca_file)

    assert unknown.fault == "unknown_issuer"
    assert misnamed.fault == "wrong_name"
    assert misaddressed.fault == "wrong_name"


def test_self_signed_certificate_is_called_so(tcp_peer: Callable[..., Any], identity: Any) -> None:
    context = identity.server_context()

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    assert _seen(tcp_peer(script).port, "localhost").fault == "self_signed"


def test_server_of_another_age_is_another_fault(
    tcp_peer: Callable[..., Any], identity: Any
) -> None:
    context = identity.server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    assert _seen(tcp_peer(script).port, "localhost", identity.pem).fault == "other"


def test_every_word_is_one_of_the_catalogue() -> None:
    assert set(tls._FAULTS.values()) | {"other"} == set(CERTIFICATE_FAULTS)
