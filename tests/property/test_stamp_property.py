"""Whatever bytes come, and whatever a network does to a train."""

from hypothesis import given
from hypothesis import strategies as st

from agent.probe.mtu import largest
from agent.probe.outcome import Outcome
from agent.probe.stamp import StampReply, StampTrain
from agent.probe.stamp.figures import figures
from agent.probe.stamp.packet import (
    build_probe,
    build_reply,
    ntp_timestamp,
    parse_probe,
    parse_reply,
)

EXTENSIONS = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 9), st.integers(0, 40), st.binary(max_size=30))
).map(
    lambda each: b"".join(bytes((flags, kind)) + length.to_bytes(2) + value
                          for flags, kind, length, value in each)
)  # fmt: skip


@given(st.binary(max_size=200))
def test_no_bytes_break_the_readers(data: bytes):
    parse_reply(data)
    parse_probe(data)


@given(st.integers(0, 2**32 - 1), EXTENSIONS, st.none() | st.integers(0, 63))
def test_a_reply_is_exactly_as_long_as_its_question(
    sequence: int, extensions: bytes, dscp: int | None
):
    probe = build_probe(sequence, 5) + extensions
    asked = parse_probe(probe)
    assert asked is not None
    reply = build_reply(asked, sequence=1, received_ns=0, returned_ns=1, ttl=None, dscp=dscp)

    assert len(reply) == len(probe)
    fields = parse_reply(reply)
    assert fields is not None
    assert (fields.sender_sequence, fields.sender_timestamp) == (sequence, 5)


@given(st.integers(0, 2_085_978_495 * 10**9))
def test_times_survive_the_wire_to_the_nanosecond(unix_ns: int):
    asked = parse_probe(build_probe(0, ntp_timestamp(unix_ns)))
    assert asked is not None
    reply = build_reply(asked, sequence=0, received_ns=unix_ns, returned_ns=unix_ns, ttl=1, dscp=0)
    fields = parse_reply(reply)
    assert fields is not None
    assert abs(fields.received_ns - unix_ns) <= 1


WAYS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


@given(WAYS)
def test_loss_is_told_by_direction_whatever_is_lost_before_the_last_reply(
    ways: list[tuple[bool, bool]],
):
    """`ways` are the packets: whether each was lost on the way there, and its reply back."""
    replies, number = [], 0
    lost_there = lost_back = seen_until = lost_there_until = lost_back_until = 0
    for index, (there, back) in enumerate(ways):
        if there:
            lost_there += 1
            continue
        if back:
            lost_back += 1
        else:
            replies.append(StampReply(index, number, 0.0, 0.0, 0.0, 0.1, None, None))
            seen_until, lost_there_until, lost_back_until = index + 1, lost_there, lost_back
        number += 1
    found = figures(StampTrain(Outcome.ANSWERED, len(ways), 1000, tuple(replies), ""))

    assert found.loss_ratio is not None
    assert abs(found.loss_ratio - (1 - len(replies) / len(ways))) < 1e-9
    if not replies:
        assert found.direction_loss is None
        return
    assert found.direction_loss is not None
    reached = seen_until - lost_there_until
    assert abs(found.direction_loss.forward - lost_there_until / seen_until) < 1e-9
    assert abs(found.direction_loss.backward - lost_back_until / reached) < 1e-9


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2**32 - 1)), max_size=40))
def test_no_reflector_makes_a_figure_impossible(pairs: list[tuple[int, int]]):
    replies = tuple(StampReply(i, n, 0.0, 5.0, 4.0, 1.0, None, None) for i, n in pairs)
    found = figures(StampTrain(Outcome.ANSWERED, 41, 1000, replies, ""))

    ratios = [found.loss_ratio]
    if found.direction_loss is not None:
        ratios += [found.direction_loss.forward, found.direction_loss.backward]
    assert all(ratio is not None and 0 <= ratio <= 1 for ratio in ratios)


@given(st.integers(576, 1500), st.none() | st.integers(0, 3000))
def test_the_search_finds_every_limit_whatever_it_remembers(limit: int, likely: int | None):
    assert largest(lambda size: size <= limit, 576, 1500, likely) == limit
