"""OCSP and CRL against what openssl answers and signs, for a CA that the test made."""

import datetime as dt
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.probe import crl, ocsp
from agent.probe.outcome import Outcome
from agent.probe.signature_problem import Problem
from govnet.settings import ServiceSettings
from tests.served_folder import served

pytestmark = pytest.mark.e2e

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
StartProgram = Callable[[list[str], Callable[[], bool]], None]

BEGINS = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
ENDS = dt.datetime(2034, 1, 1, tzinfo=dt.UTC)
SERIALS = {"ca": 1, "good": 0x1001, "revoked": 0x1002, "unlisted": 0x1003}
SERIALS |= {"responder": 0x2001, "no_responder": 0x2002}
INDEX = """\
V\t340101000000Z\t\t1001\tunknown\t/CN=good
R\t340101000000Z\t260101000000Z\t1002\tunknown\t/CN=revoked
"""
"""Of openssl ca: valid or revoked, until, since, serial number, file, subject."""
CA_CONFIG = """\
[ca]
default_ca = own
[own]
database = {folder}/index.txt
default_md = sha256
"""


@dataclass(frozen=True)
class Authority:
    """A CA in a folder: NAME.pem and NAME.key of the CA and of everybody in `SERIALS`."""

    folder: Path

    def text(self, name: str) -> str:
        return (self.folder / f"{name}.pem").read_text("ascii")


def _certificate(folder: Path, name: str, key: Key, issuer: str, issuer_key: Key) -> None:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(SERIALS[name])
        .not_valid_before(BEGINS)
        .not_valid_after(ENDS)
        .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
    )
    if name == "responder":
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        builder = builder.add_extension(usage, critical=False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    ca_key = rsa.generate_private_key(65537, 2048)
    for name in SERIALS:
        key = ca_key if name == "ca" else ec.generate_private_key(ec.SECP256R1())
        _certificate(folder, name, key, "ca", ca_key)
    (folder / "index.txt").write_text(INDEX)
    (folder / "ca.cnf").write_text(CA_CONFIG.format(folder=folder))
    return Authority(folder)


@pytest.fixture(scope="module")
def responder(
    authority: Authority, free_port: Callable[[], int], start_program: StartProgram
) -> Callable[[str], str]:
    """Start a responder that signs as somebody, and return its URL."""

    def start(signer: str) -> str:
        port = free_port()
        url = f"http://127.0.0.1:{port}/"
        folder = authority.folder
        start_program(
            [
                *("openssl", "ocsp", "-port", str(port), "-index", str(folder / "index.txt")),
                *("-CA", str(folder / "ca.pem"), "-rsigner", str(folder / f"{signer}.pem")),
                *("-rkey", str(folder / f"{signer}.key"), "-ndays", "1"),
            ],
            # It waits for ever for the request of whoever connects and says nothing.
            lambda: _ask(url, authority, "good").page.outcome is Outcome.ANSWERED,
        )
        return url

    return start


@pytest.fixture(scope="module")
def url(responder: Callable[[str], str]) -> str:
    return responder("ca")


def _ask(url: str, authority: Authority, name: str, now: float | None = None) -> ocsp.OcspReply:
    return ocsp.ask(
        url,
        authority.text(name),
        authority.text("ca"),
        now=time.time() if now is None else now,
        timeout_seconds=10,
    )


@pytest.mark.parametrize(("name", "status"), [("good", 0), ("revoked", 1), ("unlisted", 2)])
def test_responder_tells_each_certificates_status(
    url: str, authority: Authority, name: str, status: int
) -> None:
    seen = _ask(url, authority, name)

    assert (seen.status, seen.valid, seen.problem) == (status, True, "")
    assert seen.next_update_at is not None
    assert 86000 < seen.next_update_at - time.time() < 86500
    assert seen.page.phases.first_byte_seconds is not None


def test_old_answer_does_not_count(url: str, authority: Authority) -> None:
    week = 7 * 86400.0
    late = _ask(url, authority, "good", time.time() + week)
    early = _ask(url, authority, "good", time.time() - week)

    assert (late.valid, late.problem) == (False, Problem.OUT_OF_DATE)
    assert (early.valid, early.problem) == (False, Problem.FROM_FUTURE)


def test_responder_that_the_issuer_named_may_answer(
    responder: Callable[[str], str], authority: Authority
) -> None:
    seen = _ask(responder("responder"), authority, "good")

    assert (seen.status, seen.valid, seen.problem) == (0, True, "")


def test_holder_of_any_other_certificate_may_not_answer(
    responder: Callable[[str], str], authority: Authority
) -> None:
    seen = _ask(responder("no_responder"), authority, "good")

    assert (seen.status, seen.valid) == (0, False)
    assert seen.problem == Problem.RESPONDER_NOT_NAMED


def test_answer_of_another_issuer_does_not_count(url: str, authority: Authority) -> None:
    """Asked about a certificate whose issuer the responder is not, it says so."""
    seen = ocsp.ask(
        url,
        authority.text("good"),
        authority.text("responder"),
        now=time.time(),
        timeout_seconds=10,
    )

    assert not seen.valid


def test_service_check_tells_the_responders_word(
    url: str, authority: Authority, measured: Callable[[ServiceSettings], dict[str, float]]
) -> None:
    def settings(name: str) -> ServiceSettings:
        return ServiceSettings(
            target="t",
            url=f"ocsp+{url}",
            certificate=authority.text(name),
            issuer=authority.text("ca"),
        )

    revoked = measured(settings("revoked"))
    unlisted = measured(settings("unlisted"))

    assert revoked["govnet_service_up"] == 1
    assert revoked["govnet_service_ocsp_status_code"] == 1
    assert revoked["govnet_service_signature_verified"] == 1
    assert revoked["govnet_service_next_update_timestamp_seconds"] > time.time()
    assert unlisted["govnet_service_up"] == 0


@pytest.fixture(scope="module")
def crl_url(authority: Authority) -> Iterator[str]:
    """Serve the list that openssl signed, as PEM and as DER."""
    folder = authority.folder
    for command in (
        "ca -gencrl -config ca.cnf -keyfile ca.key -cert ca.pem -crldays 7 -out ca.crl.pem",
        "crl -in ca.crl.pem -outform DER -out ca.crl",
    ):
        done = subprocess.run(
            ["openssl", *command.split()], cwd=folder, capture_output=True, check=False, timeout=30
        )
        assert done.returncode == 0, done.stderr
    with served(folder) as at:
        yield f"{at}/"


@pytest.mark.parametrize("name", ["ca.crl", "ca.crl.pem"])
def test_list_is_signed_and_in_time(crl_url: str, authority: Authority, name: str) -> None:
    seen = crl.fetch(crl_url + name, authority.text("ca"), now=time.time(), timeout_seconds=10)

    assert (seen.valid, seen.problem) == (True, "")
    assert seen.next_update_at is not None
    assert 6.9 < (seen.next_update_at - time.time()) / 86400 < 7.1


def test_list_that_does_not_count_tells_why(crl_url: str, authority: Authority) -> None:
    def problem(name: str, issuer: str, days: float) -> tuple[bool | None, str]:
        seen = crl.fetch(
            crl_url + name,
            authority.text(issuer),
            now=time.time() + days * 86400,
            timeout_seconds=10,
        )
        return seen.valid, seen.problem

    assert problem("ca.crl", "ca", 8) == (False, Problem.OUT_OF_DATE)
    assert problem("ca.crl", "ca", -1) == (False, Problem.FROM_FUTURE)
    assert problem("ca.crl", "responder", 0) == (False, Problem.NOT_SIGNED)
    assert problem("nothing.crl", "ca", 0) == (None, "HTTP status 404")
    assert problem("index.txt", "ca", 0)[0] is None


def test_service_check_tells_until_when_the_list_is_good(
    crl_url: str, authority: Authority, measured: Callable[[ServiceSettings], dict[str, float]]
) -> None:
    seen = measured(
        ServiceSettings(target="t", url=f"crl+{crl_url}ca.crl", issuer=authority.text("ca"))
    )

    assert seen["govnet_service_up"] == 1
    assert seen["govnet_service_signature_verified"] == 1
    assert seen["govnet_service_next_update_timestamp_seconds"] > time.time()
