"""OCSP answers and lists of revoked certificates: what is damaged never says anything else."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from agent.probe.crl import message as crl_message
from agent.probe.ocsp import message as ocsp_message
from agent.probe.outcome import PeerError
from agent.probe.signature_problem import Problem
from agent.probe.x509 import is_signed_by

NOW = dt.datetime(2026, 9, 19, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
DER = serialization.Encoding.DER


def _certificate(name: str, key: ec.EllipticCurvePrivateKey, serial: int) -> x509.Certificate:
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")])
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - 400 * DAY)
        .not_valid_after(NOW + 400 * DAY)
        .sign(KEY, hashes.SHA256())
    )


CA = _certificate("ca", KEY, 1)
OURS = _certificate("ours", OTHER_KEY, 2)
NONCE = bytes(range(16))
QUESTION = ocsp_message.build_request(OURS, CA, NONCE)


def _answer(
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    *,
    certificate: x509.Certificate = OURS,
    key: ec.EllipticCurvePrivateKey = KEY,
    nonce: bytes | None = NONCE,
    this_update: dt.datetime = NOW - DAY,
    next_update: dt.datetime | None = NOW + DAY,
) -> bytes:
    revoked_at = NOW - 2 * DAY if status is ocsp.OCSPCertStatus.REVOKED else None
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate,
            CA,
            hashes.SHA1(),  # noqa: S303 - names the issuer, as the question does
            status,
            this_update,
            next_update,
            revoked_at,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, CA if key is KEY else OURS)
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(DER)


def _read(body: bytes, now: dt.datetime = NOW) -> ocsp_message.Answer:
    return ocsp_message.read_answer(body, QUESTION, CA, now.timestamp())


def _list(key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(CA.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + DAY)
        .sign(key, hashes.SHA256())
        .public_bytes(DER)
    )


GOOD = _answer()
LIST = _list()


@given(
    status=st.sampled_from(ocsp.OCSPCertStatus),
    nonce=st.none() | st.just(NONCE),
    next_update=st.none() | st.just(NOW + DAY),
)
def test_answer_is_read_as_it_was_signed(
    status: ocsp.OCSPCertStatus, nonce: bytes | None, next_update: dt.datetime | None
) -> None:
    seen = _read(_answer(status, nonce=nonce, next_update=next_update))

    assert seen.problem == ""
    assert seen.status == list(ocsp.OCSPCertStatus).index(status)
    assert seen.this_update_at == (NOW - DAY).timestamp()
    assert seen.next_update_at == (next_update.timestamp() if next_update else None)


def test_answer_that_does_not_count_tells_why() -> None:
    failed = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)

    assert _read(_answer(key=OTHER_KEY)).problem == Problem.NOT_SIGNED
    assert _read(_answer(nonce=b"1" * 16)).problem == Problem.OTHER_NONCE
    assert _read(_answer(certificate=CA)).problem == Problem.OTHER_CERTIFICATE
    assert _read(GOOD, NOW + 2 * DAY).problem == Problem.OUT_OF_DATE
    assert _read(GOOD, NOW - 2 * DAY).problem == Problem.FROM_FUTURE
    assert _read(failed.public_bytes(DER)).problem == "the responder says try_later"


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Draw the bytes with one to three of them changed, and sometimes cut off."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)) | st.just(len(data)))])


@given(body=damaged(GOOD))
def test_damaged_answer_is_refused_or_says_what_was_signed(body: bytes) -> None:
    try:
        seen = _read(body)
    except PeerError:
        return

    if not seen.problem:
        assert seen == _read(GOOD)


@given(body=st.binary(max_size=300))
def test_junk_is_no_answer_and_no_list(body: bytes) -> None:
    for read in (
        lambda: _read(body).problem,
        lambda: crl_message.read(body, CA, NOW.timestamp()).problem,
        lambda: crl_message.read(b"-----BEGIN" + body, CA, NOW.timestamp()).problem,
    ):
        try:
            problem = read()
        except PeerError:
            continue

        assert problem


@given(body=damaged(LIST))
def test_damaged_list_is_refused_or_says_what_was_signed(body: bytes) -> None:
    try:
        seen = crl_message.read(body, CA, NOW.timestamp())
    except PeerError:
        return

    if not seen.problem:
        assert seen.next_update_at == (NOW + DAY).timestamp()


def test_list_of_another_key_does_not_count() -> None:
    seen = crl_message.read(_list(OTHER_KEY), CA, NOW.timestamp())

    assert seen.problem == Problem.NOT_SIGNED


@given(data=st.binary(max_size=64), signature=st.binary(max_size=80))
def test_signature_of_nobody_verifies_with_no_key(data: bytes, signature: bytes) -> None:
    for key in SIGNERS:
        assert not is_signed_by(key.public_key(), signature, data, hashes.SHA256())


SIGNERS = (
    rsa.generate_private_key(65537, 2048),
    KEY,
    ed25519.Ed25519PrivateKey.generate(),
)


@given(data=st.binary(max_size=64))
def test_own_signature_verifies_with_the_own_key_alone(data: bytes) -> None:
    _, by_curve, by_edwards = SIGNERS
    ecdsa = by_curve.sign(data, ec.ECDSA(hashes.SHA256()))
    eddsa = by_edwards.sign(data)

    assert is_signed_by(by_curve.public_key(), ecdsa, data, hashes.SHA256())
    assert is_signed_by(by_edwards.public_key(), eddsa, data, None)
    assert not is_signed_by(OTHER_KEY.public_key(), ecdsa, data, hashes.SHA256())
    assert not is_signed_by(by_curve.public_key(), ecdsa, data, None)
    assert not is_signed_by("no key", ecdsa, data, hashes.SHA256())
