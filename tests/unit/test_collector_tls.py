"""The collector's CA and certificates: what they say, who trusts them, how they change."""

import ssl
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from collector.cli import main
from collector.config import Config, load_config
from collector.server import run
from collector.tls import folder, serving
from collector.tls.authority import issue, make_authority
from govnet.errors import ConfigError

NAMES = ("govnet.lamdong.example", "198.18.0.10", "2001:db8::10", "*.trial.example")
DAY = 86_400


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder.init(tmp_path / "data", NAMES, 397, time.time())
    return tmp_path / "data"


def openssl(*arguments: str) -> str:
    done = subprocess.run(
        ["openssl", *arguments], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def verified(data: Path, ca_pem: bytes | None = None) -> str:
    """Let openssl judge the served certificate strictly, by the bundle or another CA."""
    trusted = data / "trusted.pem"
    trusted.write_bytes(ca_pem or folder.bundle_file(data).read_bytes())
    server = str(folder.server_file(data))
    return openssl(
        *("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(trusted)),
        *("-untrusted", server, server),
    )


def test_openssl_finds_nothing_wrong(data: Path):
    assert verified(data).endswith(": OK\n")
    for name, option in (
        ("govnet.lamdong.example", "-verify_hostname"),
        ("198.18.0.10", "-verify_ip"),
        ("2001:db8::10", "-verify_ip"),
        ("any.trial.example", "-verify_hostname"),
    ):
        openssl(
            *("verify", option, name, "-CAfile", str(folder.bundle_file(data))),
            str(folder.server_file(data)),
        )


def test_the_certificate_says_what_it_is_for(data: Path):
    said = openssl("x509", "-in", str(folder.server_file(data)), "-noout", "-text")
    ca_said = openssl("x509", "-in", str(folder.bundle_file(data)), "-noout", "-text")

    for part in ("prime256v1", "CA:FALSE", "TLS Web Server Authentication", "Digital Signature"):
        assert part in said
    for part in ("CA:TRUE", "Certificate Sign, CRL Sign"):
        assert part in ca_said
    for text in (said, ca_said):
        assert "X509v3 Subject Key Identifier" in text
        assert "X509v3 Authority Key Identifier" in text


def test_it_lasts_as_long_as_asked_and_never_longer_than_its_ca():
    now = 1_790_000_000.0
    authority = make_authority(now)
    assert authority.certificate.not_valid_after_utc.timestamp() == now + 3651 * DAY
    server = issue(authority, ["a"], now, 397)
    assert server.certificate.not_valid_before_utc.timestamp() == now - DAY
    assert server.certificate.not_valid_after_utc.timestamp() == now + 396 * DAY

    late = issue(authority, ["a"], now + 3600 * DAY, 397)
    assert late.certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc


def test_keys_are_for_one_user_only(data: Path):
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (data / folder.FOLDER).iterdir()
    }

    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o600}
    assert stat.S_IMODE((data / folder.FOLDER).stat().st_mode) == 0o700


def test_what_is_there_is_never_overwritten(data: Path):
    before = folder.server_file(data).read_bytes()
    with pytest.raises(ConfigError, match="expected no TLS yet"):
        folder.init(data, NAMES, 397, time.time())

    assert folder.server_file(data).read_bytes() == before


@pytest.mark.parametrize("name", ["", "a b", "https://a", "a" * 64, "ä.example", "a..b"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str):
    with pytest.raises(ConfigError, match="--name: expected a host name or an address"):
        folder.init(tmp_path, [name], 397, time.time())

    assert not (tmp_path / folder.FOLDER).exists()


def test_a_renewal_keeps_names_and_ca_and_changes_the_key(data: Path):
    before = folder.load(data)
    after = folder.renew(data, time.time(), 90)

    assert after.server is not None
    assert before.server is not None
    assert serving.names_of(after.server.certificate) == NAMES
    assert after.current.certificate == before.current.certificate
    assert after.server.certificate.public_key() != before.server.certificate.public_key()
    assert verified(data).endswith(": OK\n")


def test_a_renewal_for_other_names_is_still_for_this_machine_itself(
    data: Path, capsys: pytest.CaptureFixture[str]
):
    """`govnet reload`, which takes it over, could not check it otherwise."""
    assert main(["tls", "renew", "--name", "b.example", "--data", str(data)]) == 0

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.split() == ["names", "b.example", "localhost", "127.0.0.1", "::1"]


def test_who_knows_only_the_old_ca_gets_through_until_it_is_dropped(data: Path):
    old = folder.bundle_file(data).read_bytes()
    now = time.time()
    folder.next_ca(data, now)
    new = folder.bundle_file(data).read_bytes().removeprefix(old)
    verified(data, old)
    folder.switch_ca(data, now, 397)
    for trusted in (old, new, old + new):
        verified(data, trusted)
    folder.renew(data, now, 397)
    for trusted in (old, new, old + new):
        verified(data, trusted)
    folder.drop_old_ca(data)

    assert folder.bundle_file(data).read_bytes() == new
    verified(data, new)
    with pytest.raises(AssertionError, match="unable to get local issuer"):
        verified(data, old)


def test_steps_out_of_order_say_which_comes_first(data: Path):
    now = time.time()
    with pytest.raises(ConfigError, match="next-ca"):
        folder.switch_ca(data, now, 397)
    with pytest.raises(ConfigError, match="only one"):
        folder.drop_old_ca(data)
    folder.next_ca(data, now)
    with pytest.raises(ConfigError, match="go on with `govnet tls switch-ca`"):
        folder.next_ca(data, now)
    with pytest.raises(ConfigError, match="switch-ca` comes first"):
        folder.drop_old_ca(data)


STEPS: dict[str, Callable[[Path], object]] = {
    "renew": lambda data: folder.renew(data, time.time(), 397),
    "next-ca": lambda data: folder.next_ca(data, time.time()),
    "switch-ca": lambda data: folder.switch_ca(data, time.time(), 397),
    "drop-old-ca": folder.drop_old_ca,
}


@pytest.mark.parametrize("files_written", [0, 1, 2])
def test_a_step_that_is_cut_short_leaves_a_good_state_and_is_given_again(
    data: Path, monkeypatch: pytest.MonkeyPatch, files_written: int
):
    """The disk fails after none, one or two files."""
    replace = Path.replace
    for name, step in STEPS.items():
        left = files_written
        with monkeypatch.context() as patched:

            def failing(path: Path, target: Path) -> Path:
                nonlocal left
                left -= 1
                if left < 0:
                    raise OSError(28, "No space left on device")
                return replace(path, target)

            patched.setattr(Path, "replace", failing)
            try:
                step(data)
            except ConfigError as exc:
                assert "No space left on device" in str(exc), name  # noqa: PT017 - not every step writes so much
        files = serving.files_of(Config(data_dir=str(data)))
        assert files is not None
        serving.load(files)
        verified(data)
        if left < 0:
            step(data)
        serving.load(files)


def test_what_is_served_is_tried_out_first(data: Path, tmp_path: Path):
    folder.init(tmp_path / "other", ["a"], 397, time.time())
    served = folder.server_file(data)
    files = serving.Files(served, served, folder.bundle_file(tmp_path / "other"))
    with pytest.raises(ConfigError, match=r"expected a certificate that .* vouches for: .*issuer"):
        serving.load(files)


def test_an_expired_certificate_is_served_after_a_start_and_never_taken_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    folder.init(tmp_path, ["a"], 10, time.time() - 30 * DAY)
    files = serving.files_of(Config(data_dir=str(tmp_path)))
    assert files is not None
    with pytest.raises(ConfigError, match="certificate has expired"):
        serving.load(files)

    tls = serving.load(files, even_expired=True)
    assert tls.expires_at < time.time()
    assert "certificate has expired" in caplog.text


def test_own_certificate_files_of_the_province_are_used_instead(data: Path, tmp_path: Path):
    trust = folder.load(data)
    assert trust.server is not None
    certificate, key, ca = (tmp_path / name for name in ("c.pem", "k.pem", "ca.pem"))
    pem = serialization.Encoding.PEM
    certificate.write_bytes(trust.server.certificate.public_bytes(pem))
    key.write_bytes(
        trust.server.key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    # What is published must hold nothing but certificates, whatever lies in the file.
    ca.write_bytes(key.read_bytes() + folder.bundle_file(data).read_bytes())
    options = tmp_path / "collector.toml"
    options.write_text(
        'tls_certificate_file = "c.pem"\ntls_key_file = "k.pem"\ntls_ca_file = "ca.pem"\n'
    )
    files = serving.files_of(load_config(options))

    assert files == serving.Files(certificate, key, ca)
    assert serving.load(files).ca_pem.encode() == folder.bundle_file(data).read_bytes()
    without_ca = serving.load(serving.Files(certificate, key, None))
    assert (without_ca.ca_pem, without_ca.names) == ("", NAMES)


def test_a_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(data: Path, tmp_path: Path):
    key = make_authority(time.time()).key
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ConfigError, match="the key has a passphrase"):
        serving.load(serving.Files(folder.server_file(data), locked, None))


def test_key_and_ca_are_options_of_a_certificate(tmp_path: Path):
    options = tmp_path / "collector.toml"
    options.write_text('\ntls_key_file = "k.pem"\ntls_ca_file = "ca.pem"\n')
    with pytest.raises(ConfigError) as found:
        load_config(options)

    wanted = "expected together with tls_certificate_file, which is not given"
    assert found.value.problems == [
        f"{options}:2:1: tls_key_file: {wanted}",
        f"{options}:3:1: tls_ca_file: {wanted}",
    ]


def test_the_context_offers_nothing_old(data: Path):
    files = serving.files_of(Config(data_dir=str(data)))
    assert files is not None
    context = serving.load(files).context

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    for cipher in context.get_ciphers():
        assert cipher["aead"], cipher
        assert cipher["protocol"] == "TLSv1.3" or cipher["name"].startswith("ECDHE-"), cipher
    for option in (ssl.OP_NO_COMPRESSION, ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_TICKET):
        assert option in context.options


def test_a_name_for_commands_is_the_address_or_another_of_the_certificate(data: Path):
    files = serving.files_of(Config(data_dir=str(data)))
    assert files is not None
    tls = serving.load(files)

    assert serving.name_for(tls, "198.18.0.10") == "198.18.0.10"
    assert serving.name_for(tls, "127.0.0.1") == "govnet.lamdong.example"


def test_plain_http_stays_on_this_machine(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"listen: expected without TLS .*govnet tls init"):
        run(Config(listen="0.0.0.0:0", data_dir=str(tmp_path)))
