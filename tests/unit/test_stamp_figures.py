"""What a train means, direction by direction."""

import pytest

from agent.probe.outcome import Outcome
from agent.probe.stamp import StampReply, StampTrain
from agent.probe.stamp.figures import DirectionLoss, direction_loss, dscp_kept, figures

FIRST = 1000


def reply(
    index: int,
    number: int,
    *,
    there: float = 0.01,
    back: float = 0.01,
    offset: float = 0.0,
    dscp_there: int | None = None,
    dscp_back: int | None = None,
) -> StampReply:
    sent = index * 0.02
    return StampReply(
        index=index,
        reflector_sequence=number,
        sent=sent,
        received=sent + there + offset,
        returned=sent + there + offset + 0.001,
        arrived=sent + there + 0.001 + back,
        dscp_there=dscp_there,
        dscp_back=dscp_back,
    )


def train(sent: int, *replies: StampReply) -> StampTrain:
    return StampTrain(Outcome.ANSWERED, sent, FIRST, replies, "")


def counted(sent: int, *pairs: tuple[int, int]) -> DirectionLoss | None:
    return direction_loss(train(sent, *(reply(index, number) for index, number in pairs)))


def test_loss_on_the_way_there_is_what_the_reflector_never_counted():
    assert counted(5, (0, 0), (2, 1), (4, 2)) == DirectionLoss(forward=1 - 3 / 5, backward=0.0)


def test_loss_on_the_way_back_is_what_the_reflector_counted_and_nobody_saw():
    assert counted(5, (0, 0), (2, 2), (4, 4)) == DirectionLoss(forward=0.0, backward=1 - 3 / 5)


def test_loss_on_both_ways_is_told_apart():
    found = counted(10, (0, 0), (2, 1), (4, 3), (9, 8))
    assert found == DirectionLoss(forward=pytest.approx(0.1), backward=1 - 4 / 9)


def test_a_reflector_that_copies_numbers_tells_no_direction():
    pairs = [(index, FIRST + index) for index in (0, 2, 4)]
    assert counted(5, *pairs) is None
    assert figures(train(5, *(reply(*pair) for pair in pairs))).loss_ratio == pytest.approx(0.4)


def test_what_came_after_the_last_reply_is_of_no_known_direction():
    found = figures(train(10, *(reply(index, index) for index in range(5))))
    assert found.direction_loss == DirectionLoss(0.0, 0.0)
    assert found.loss_ratio == 0.5


def test_a_count_that_began_before_this_train_is_compared_from_its_first_reply_on():
    found = counted(5, (1, 700), (2, 701), (4, 703))
    assert found == DirectionLoss(forward=0.0, backward=pytest.approx(0.25))


def test_a_reflector_that_began_anew_in_the_middle_tells_nothing():
    assert counted(4, (0, 0), (1, 1), (2, 0), (3, 1)) is None


def test_a_count_beyond_what_was_sent_tells_nothing():
    assert counted(5, (0, 0), (1, 9)) is None


def test_no_reply_is_all_lost_and_nothing_else():
    found = figures(train(5))
    assert found.loss_ratio == 1.0
    assert found.direction_loss is None
    assert found.rtt_seconds is None
    assert (found.duplicates, found.reordered) == (0, 0)


def test_round_trip_is_without_the_time_in_the_reflector():
    found = figures(train(2, reply(0, 0), reply(1, 1, there=0.02)))
    assert found.rtt_seconds == pytest.approx(0.025)


@pytest.mark.parametrize("offset", [0.0, -3.5e8, 86400.0])
def test_variation_is_told_by_direction_whatever_the_two_clocks_say(offset: float):
    found = figures(
        train(
            3,
            reply(0, 0, there=0.010, back=0.010, offset=offset),
            reply(1, 1, there=0.014, back=0.010, offset=offset),
            reply(2, 2, there=0.010, back=0.011, offset=offset),
        )
    )
    assert found.forward.mean_seconds == pytest.approx(0.004, abs=1e-6)
    assert found.backward.mean_seconds == pytest.approx(0.0005, abs=1e-6)
    assert found.backward.p95_seconds == pytest.approx(0.001, abs=1e-6)
    assert found.both.mean_seconds == pytest.approx(0.0035, abs=1e-6)


def test_a_reply_that_came_twice_is_a_duplicate_and_the_first_counts():
    found = figures(train(2, reply(0, 0), reply(0, 0, back=0.5), reply(1, 1)))
    assert found.duplicates == 1
    assert found.rtt_seconds == pytest.approx(0.02)
    assert found.direction_loss == DirectionLoss(0.0, 0.0)


def test_a_packet_doubled_on_the_way_there_is_no_loss_on_the_way_back():
    found = figures(train(3, reply(0, 0), reply(0, 1), reply(1, 2), reply(2, 3)))
    assert found.duplicates == 1
    assert found.direction_loss == DirectionLoss(0.0, 0.0)


def test_replies_behind_a_later_one_are_reordered():
    found = figures(train(4, reply(0, 0), reply(3, 3), reply(1, 1), reply(2, 2)))
    assert found.reordered == 2
    assert found.direction_loss == DirectionLoss(0.0, 0.0)


def test_a_mark_is_kept_when_it_arrives_on_both_ways():
    kept = train(2, *(reply(i, i, dscp_there=46, dscp_back=46) for i in range(2)))
    lost_there = train(2, *(reply(i, i, dscp_there=0, dscp_back=46) for i in range(2)))
    lost_back = train(2, *(reply(i, i, dscp_there=46, dscp_back=0) for i in range(2)))
    assert [dscp_kept(each, 46) for each in (kept, lost_there, lost_back)] == [True, False, False]


def test_a_reflector_that_says_nothing_of_marks_leaves_it_unknown():
    assert dscp_kept(train(1, reply(0, 0, dscp_back=0)), 46) is None
