"""Whatever the probes answer: samples follow the catalogue, and findings are never errors."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks.always_on import AlwaysOnCheck
from agent.checks.conference import ConferenceCheck
from agent.checks.contract import Context
from agent.checks.lan import LanCheck
from agent.checks.link import LinkCheck
from agent.checks.service import ServiceCheck
from agent.probe.crl import CrlReply
from agent.probe.dns import Lookup
from agent.probe.echo import EchoTrain, Method
from agent.probe.http import Fetch
from agent.probe.icmp import Hop
from agent.probe.mail import Greeting
from agent.probe.network import Gateway, Interface, Lease, Neighbour
from agent.probe.ocsp import OcspReply
from agent.probe.rtsp import RtspReply
from agent.probe.sip import OptionsReply
from agent.probe.tcp import TcpConnect
from govnet.catalogue import FAMILIES
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import (
    AlwaysOnSettings,
    ConferenceProtocol,
    ConferenceSettings,
    LanSettings,
    LinkSettings,
    PathEnd,
    Peer,
    ServiceSettings,
)

FLAGS = ("_up", "_reachable", "_matched", "_verified")

rtts = st.none() | st.floats(0, 10)


@st.composite
def trains(draw: st.DrawFn) -> EchoTrain:
    seen = tuple(draw(st.lists(rtts, min_size=2, max_size=12)))
    received = len(seen) - seen.count(None)
    return EchoTrain(len(seen), received, seen, draw(st.sampled_from(Method)), "")


class StillClock:
    def time(self) -> float:
        return 1790000000.0

    def monotonic(self) -> float:
        return 100.0


CONTEXT = Context(timeout_seconds=10.0, deadline=110.0, clock=StillClock())


def checked(check: Any, samples: Iterable[Sample]) -> dict[tuple[str, ...], float]:
    """Return the samples by series, after holding each to what the check announces."""
    rows = {metric.name: metric for metric in check.metrics}
    found: dict[tuple[str, ...], float] = {}
    for sample in samples:
        labels = dict(sample.labels or {})
        assert tuple(labels) == rows[sample.name].sample_labels
        series = (sample.name, *labels.values())
        assert series not in found
        found[series] = sample.value
        if sample.name.endswith(FLAGS):
            assert sample.value in (0, 1)
    return found


@given(reply=st.from_type(OptionsReply), opened=st.from_type(TcpConnect), page=st.from_type(Fetch))
def test_conference_says_of_every_protocol_whether_it_answered(
    reply: OptionsReply, opened: TcpConnect, page: Fetch
) -> None:
    names = ("sip_udp", "sip_tcp", "sip_tls", "h323", "https")
    check = ConferenceCheck(
        options=lambda *_, **__: reply,
        listens=lambda *_, **__: opened,
        fetch=lambda *_, **__: page,
    )
    settings = ConferenceSettings(
        target="t",
        address="198.18.7.20",
        protocols=tuple(ConferenceProtocol(name=name, port=5060) for name in names),
    )

    found = checked(check, check.run(settings, CONTEXT))

    for name in names:
        reachable = found["govnet_point_reachable", name]
        assert ("govnet_point_rtt_seconds", name) not in found or reachable


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example.vn/",
        "https://a.example.vn/",
        "smtp://a.example.vn",
        "imap://a.example.vn",
        "imaps://a.example.vn",
        "pop3://a.example.vn",
        "dns://198.18.1.53/a.example.vn",
        "tcp://a.example.vn:1433",
        "rtsp://a.example.vn/",
        "ocsp+http://a.example.vn/",
        "crl+http://a.example.vn/",
    ],
)
@given(data=st.data())
def test_service_is_up_or_not_whatever_it_answers(url: str, data: st.DataObject) -> None:
    def answer(kind: type) -> Any:
        return lambda *_, **__: data.draw(st.from_type(kind))

    def fetched(*_: object, **__: object) -> Fetch:
        return replace(
            data.draw(st.from_type(Fetch)),
            address=data.draw(st.just("") | st.ip_addresses().map(str)),
            families=data.draw(st.sampled_from(((), FAMILIES[:1], FAMILIES[1:], FAMILIES))),
        )

    check = ServiceCheck(
        fetch=fetched,
        greet=answer(Greeting),
        query=answer(Lookup),
        connect=answer(TcpConnect),
        options=answer(RtspReply),
        ask_ocsp=answer(OcspReply),
        fetch_crl=answer(CrlReply),
    )
    settings = ServiceSettings(target="t", url=url, certificate="PEM", issuer="PEM")
    found = checked(check, check.run(settings, CONTEXT))

    up = found["govnet_service_up",]
    assert not up or found.get(("govnet_service_content_matched",)) != 0
    assert not up or found.get(("govnet_service_certificate_verified",)) != 0


@given(train=trains(), hop=st.none() | st.from_type(Hop), gateways=st.lists(st.from_type(Gateway)))
def test_link_says_of_every_known_end_whether_it_answered(
    train: EchoTrain, hop: Hop | None, gateways: list[Gateway]
) -> None:
    check = LinkCheck(
        ping=lambda *_, **__: train,
        first_hop_beyond=lambda *_, **__: hop,
        gateways=lambda: tuple(gateways),
    )
    ends = (PathEnd(end="gateway"), PathEnd(end="next_hop"), PathEnd(end="far", address="::1"))
    samples: list[Sample] = []
    try:
        samples.extend(check.run(LinkSettings(target="t", ends=ends), CONTEXT))
    except CheckError as exc:
        assert not gateways or hop is None or hop.address is None, exc  # noqa: PT017 - the samples matter too

    found = checked(check, samples)
    for name in ("gateway",) * bool(gateways) + ("far",):
        assert found["govnet_link_reachable", name] == (train.received > 0)
        assert 0 <= found["govnet_link_loss_ratio", name] <= 1


@given(train=trains())
def test_what_is_always_on_answers_or_not_and_only_an_answer_has_a_time(train: EchoTrain) -> None:
    check = AlwaysOnCheck(ping=lambda *_, **__: train)
    settings = AlwaysOnSettings(target="t", address="::1", tcp_ports=(443,))

    found = checked(check, check.run(settings, CONTEXT))

    assert found["govnet_target_reachable",] == (train.received > 0)
    assert (("govnet_target_rtt_seconds",) in found) == (train.received > 0)


@given(
    interfaces=st.lists(st.from_type(Interface), unique_by=lambda each: each.name),
    gateways=st.lists(st.from_type(Gateway)),
    neighbours=st.lists(st.from_type(Neighbour)),
    leases=st.lists(st.from_type(Lease)),
    train=trains(),
    lookup=st.from_type(Lookup),
)
def test_lan_counts_never_exceed_what_was_asked(
    *,
    interfaces: list[Interface],
    gateways: list[Gateway],
    neighbours: list[Neighbour],
    leases: list[Lease],
    train: EchoTrain,
    lookup: Lookup,
) -> None:
    check = LanCheck(
        interfaces=lambda: tuple(interfaces),
        gateways=lambda: tuple(gateways),
        neighbours=lambda: tuple(neighbours),
        resolvers=lambda: ("198.18.1.53", "198.18.1.54"),
        leases=lambda: tuple(leases),
        ping=lambda *_, **__: train,
        query=lambda *_, **__: lookup,
    )
    settings = LanSettings(
        target="t", peers=(Peer(id="pc-2", address="198.18.7.12"),), resolver_name="a.example.vn"
    )

    found = checked(check, check.run(settings, CONTEXT))

    assert found["govnet_lan_peers_seen",] <= found["govnet_lan_peers_assigned",] == 1
    assert found["govnet_lan_resolvers_answering",] <= found["govnet_lan_resolvers",] == 2
    assert found["govnet_lan_neighbours_seen",] <= len(neighbours)
    assert found.get(("govnet_lan_dhcp_lease_remaining_seconds",), 1) > 0
