"""The collector's CA renewed without a visit, and never so that the agent locks itself out."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.identity.trust import FILE_NAME, Trust, UntrustedError
from agent.transport.address import parse_collector
from agent.transport.channel import Channel, ChannelError
from govnet.errors import ConfigError


class Site:
    """An agent's two places for CAs: what a person gave it, and its own state."""

    def __init__(self, folder: Path, pem: str) -> None:
        self.ca_file = folder / "given.pem"
        self.state = folder
        self.ca_file.write_text(pem)

    def trust(self) -> Trust:
        """Start again."""
        return Trust(self.ca_file, self.state)


@pytest.fixture
def old(new_authority: Callable[[], Any]) -> Any:
    return new_authority()


@pytest.fixture
def new(new_authority: Callable[[], Any]) -> Any:
    return new_authority()


@pytest.fixture
def site(tmp_path: Path, old: Any) -> Site:
    return Site(tmp_path, old.pem)


def reaches(trust: Trust, collector: Any) -> bool:
    """Whether a new connection is made, as after a restart of the collector."""
    channel = Channel(parse_collector(collector.url), trust.context)
    try:
        channel.request("GET", "/v1/ca", {})
    except ChannelError:
        return False
    finally:
        channel.close()
    return True


def test_a_ca_is_rolled_over_without_a_visit(
    site: Site, old: Any, new: Any, start_collector: Callable[..., Any]
):
    """Both, then a certificate of the new one, then the new one alone; with restarts between."""
    before, after = start_collector(old.server()), start_collector(new.server())
    trust = site.trust()
    assert (reaches(trust, before), reaches(trust, after)) == (True, False)
    first_context = trust.context

    assert trust.follow(old.pem + new.pem, parse_collector(before.url))
    assert trust.context is not first_context
    assert (reaches(trust, before), reaches(trust, after)) == (True, True)
    trust = site.trust()
    assert (reaches(trust, before), reaches(trust, after)) == (True, True)

    assert trust.follow(new.pem, parse_collector(after.url))
    assert (reaches(trust, before), reaches(trust, after)) == (False, True)
    trust = site.trust()
    assert (reaches(trust, before), reaches(trust, after)) == (False, True)


def test_a_ca_that_does_not_verify_the_collector_is_not_taken(
    site: Site, old: Any, new: Any, start_collector: Callable[..., Any]
):
    collector = start_collector(old.server())
    trust = site.trust()

    with pytest.raises(UntrustedError, match="cannot be verified by it"):
        trust.follow(new.pem, parse_collector(collector.url))

    assert reaches(trust, collector)
    assert not (site.state / FILE_NAME).exists()


def test_what_is_trusted_already_asks_nobody(
    site: Site, old: Any, start_collector: Callable[..., Any]
):
    collector = start_collector(old.server())
    trust = site.trust()

    assert not trust.follow(f"# a remark\n{old.pem}\n", parse_collector(collector.url))

    assert collector.connections == 0


def many(authority: Any) -> str:
    return "".join([authority.pem] * 21)


@pytest.mark.parametrize(
    "offered",
    [
        lambda _: "-----BEGIN NOTHING-----",
        lambda _: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        lambda _: "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
        lambda new: new.pem + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        lambda new: new.pem + new.pem.replace("M", "!", 1),
        many,
    ],
)
def test_what_is_not_some_certificates_is_not_taken(
    site: Site, old: Any, new: Any, start_collector: Callable[..., Any], offered: Any
):
    collector = start_collector(old.server())
    trust = site.trust()
    context = trust.context

    with pytest.raises(UntrustedError):
        trust.follow(old.pem + offered(new), parse_collector(collector.url))

    assert trust.context is context
    assert not (site.state / FILE_NAME).exists()


def test_over_plain_http_no_ca_in_use_may_go(site: Site, old: Any, new: Any):
    relay = parse_collector("http://127.0.0.1:1")
    trust = site.trust()

    with pytest.raises(UntrustedError, match="a CA in use is missing"):
        trust.follow(new.pem, relay)
    assert trust.follow(old.pem + new.pem, relay)


def test_another_ca_file_of_a_person_goes_before_what_was_renewed(
    site: Site, old: Any, new: Any, start_collector: Callable[..., Any]
):
    collector = start_collector(old.server())
    site.trust().follow(old.pem + new.pem, parse_collector(collector.url))
    site.ca_file.write_text(new.pem)

    assert not reaches(site.trust(), collector)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"# grown from", None])
def test_a_damaged_renewed_file_leaves_the_given_one(
    site: Site, old: Any, new: Any, start_collector: Callable[..., Any], content: bytes | None
):
    collector = start_collector(old.server())
    site.trust().follow(old.pem + new.pem, parse_collector(collector.url))
    path = site.state / FILE_NAME
    path.write_bytes(path.read_bytes()[:100] if content is None else content)

    assert reaches(site.trust(), collector)


def test_a_ca_that_cannot_be_kept_is_not_used(
    site: Site,
    old: Any,
    new: Any,
    start_collector: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
):
    """After a restart the agent must trust what it trusts now, or it would be locked out."""
    collector = start_collector(old.server())
    trust = site.trust()
    context = trust.context

    def full(_descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        trust.follow(old.pem + new.pem, parse_collector(collector.url))

    assert trust.context is context


def test_a_ca_file_that_holds_none_is_a_mistake_of_a_person(tmp_path: Path):
    (tmp_path / "given.pem").write_text("nothing")

    with pytest.raises(ConfigError, match="expected the CA's certificate in PEM form"):
        Trust(tmp_path / "given.pem", tmp_path)


def test_tls_before_1_2_is_not_spoken(site: Site):
    context = site.trust().context
    assert context is not None
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
