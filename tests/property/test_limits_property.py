"""Limits: never more than rate and burst allow, never more memory than said, nobody shut out."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collector.intake.limits import (
    FAILURES_AT_ONCE,
    FORGERIES_AT_ONCE,
    MOST_RETRY_SECONDS,
    RECEIVING_PER_SENDER,
    RECEIVING_PER_WORKING,
    Admission,
    Buckets,
    Failures,
    RateLimitedError,
    place_of,
)

ADDRESSES = st.sampled_from(["198.18.0.1", "198.18.0.2", "2001:db8::1", "2001:db8:0:1::1"])
STEPS = st.lists(st.tuples(st.floats(0, 30), st.sampled_from("abc")), max_size=200)


@given(STEPS, st.floats(1, 600), st.integers(1, 20))
def test_a_key_gets_its_burst_and_its_rate_and_no_more(
    steps: list[tuple[float, str]], per_minute: float, at_once: int
) -> None:
    buckets: Buckets[str] = Buckets(per_minute, at_once)
    now, drawn = 0.0, dict.fromkeys("abc", 0)
    for pause, key in steps:
        now += pause
        if buckets.wait_seconds(key, now) == 0:
            buckets.draw(key, now)
            drawn[key] += 1
        assert drawn[key] <= at_once + now * per_minute / 60 + 1e-6


@given(STEPS, st.floats(1, 600), st.integers(1, 20))
def test_who_waits_as_long_as_told_gets_a_token(
    steps: list[tuple[float, str]], per_minute: float, at_once: int
) -> None:
    buckets: Buckets[str] = Buckets(per_minute, at_once)
    now = 0.0
    for pause, key in steps:
        now += pause
        buckets.draw(key, now)
        wait = buckets.wait_seconds(key, now)
        assert wait <= 60 / per_minute + 1e-6
        assert buckets.wait_seconds(key, now + wait + 1e-6) == 0


@given(st.lists(st.integers(0, 50), max_size=300), st.integers(1, 10))
def test_of_too_many_keys_the_one_used_longest_ago_is_forgotten(keys: list[int], most: int) -> None:
    buckets: Buckets[int] = Buckets(0.001, 1, most=most)
    for now, key in enumerate(keys):
        buckets.draw(key, float(now))
        assert len(buckets) <= most

    recent = list(dict.fromkeys(reversed(keys)))[:most]
    assert all(buckets.wait_seconds(key, float(len(keys))) > 0 for key in recent)


@given(st.lists(st.tuples(ADDRESSES, st.sampled_from(["", "a", "b"])), max_size=300))
def test_what_one_gets_wrong_bars_nobody_else(wrong: list[tuple[str, str]]) -> None:
    failures = Failures()
    for host, agent in wrong:
        failures.note(host, agent, 0.0)

    for host in ("198.18.0.1", "198.18.0.2", "2001:db8::ffff", "2001:db8:0:1::2"):
        for agent in ("", "a", "b"):
            number = sum((place_of(one), two) == (place_of(host), agent) for one, two in wrong)
            most = FORGERIES_AT_ONCE if agent else FAILURES_AT_ONCE
            if number < most:
                failures.check(host, agent, 0.0)
            else:
                with pytest.raises(RateLimitedError):
                    failures.check(host, agent, 0.0)


@given(st.ip_addresses(v=6).map(str))
def test_an_ipv6_address_stands_for_its_customer(address: str) -> None:
    if place_of(address).count(".") == 3:
        return  # IPv4 in the clothes of IPv6.
    assert place_of(address) == place_of(place_of(address))
    assert int(ipaddress.IPv6Address(place_of(address))) % (1 << 64) == 0


def test_what_is_no_address_is_one_place() -> None:
    assert place_of(None) == place_of("") == place_of("unix") == ""
    assert place_of("::ffff:198.18.0.1") == "198.18.0.1"
    assert place_of("fe80::1%eth0") == "fe80::"


class AdmissionMachine(RuleBasedStateMachine):
    """Batches come, arrive, break off and are answered in any order."""

    MOST = 5

    def __init__(self) -> None:
        super().__init__()
        self.admission = Admission(self.MOST)
        self.now = 0.0
        self.receiving: list[str] = []
        self.working = 0

    @rule(pause=st.floats(0, 10))
    def pass_time(self, pause: float) -> None:
        self.now += pause

    @rule(sender=st.sampled_from("abcdefghij"), chance=st.floats(0, 1))
    def enter(self, sender: str, chance: float) -> None:
        has_room = (
            self.working < self.MOST
            and len(self.receiving) < self.MOST * RECEIVING_PER_WORKING
            and self.receiving.count(sender) < RECEIVING_PER_SENDER
        )
        if has_room:
            self.admission.enter(sender, self.now, chance)
            self.receiving.append(sender)
            return
        with pytest.raises(RateLimitedError) as refused:
            self.admission.enter(sender, self.now, chance)
        assert 1 <= refused.value.retry_seconds <= MOST_RETRY_SECONDS * 1.25

    @precondition(lambda self: self.receiving)
    @rule(index=st.integers(0, 100))
    def receive(self, index: int) -> None:
        self.admission.received(self.receiving.pop(index % len(self.receiving)))
        self.working += 1

    @precondition(lambda self: self.receiving)
    @rule(index=st.integers(0, 100))
    def give_up(self, index: int) -> None:
        self.admission.given_up(self.receiving.pop(index % len(self.receiving)))

    @precondition(lambda self: self.working)
    @rule()
    def finish(self) -> None:
        self.working -= 1
        self.admission.finished(self.now)

    @invariant()
    def counts_agree(self) -> None:
        assert self.admission.in_flight == len(self.receiving) + self.working


TestAdmission = AdmissionMachine.TestCase


def test_the_wait_grows_with_those_who_were_turned_away() -> None:
    admission = Admission(1)
    admission.enter("a", 0.0, 0.0)
    admission.received("a")
    waits = []
    for number in range(1_000):
        with pytest.raises(RateLimitedError) as refused:
            admission.enter(f"b{number}", 0.0, 0.0)
        waits.append(refused.value.retry_seconds)

    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(2.0)
    assert waits[-1] == pytest.approx(1_000 / 50)


def test_the_wait_is_shorter_where_much_is_finished() -> None:
    admission = Admission(1)
    for tick in range(20_000):
        admission.enter("a", tick / 1_000, 0.0)
        admission.received("a")
        admission.finished(tick / 1_000)
    admission.enter("a", 20.0, 0.0)
    admission.received("a")
    for number in range(10_000):
        with pytest.raises(RateLimitedError) as refused:
            admission.enter(f"b{number}", 20.0, 0.0)

    assert refused.value.retry_seconds == pytest.approx(10.0, rel=0.1)
