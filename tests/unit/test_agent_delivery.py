"""What an answer means, what goes next, how long to wait, and to which collector."""

import json
from dataclasses import replace

import pytest

from agent.sending.delivery import (
    BATCH_BYTES,
    FIRST_GOAL_BYTES,
    LEAST_GOAL_BYTES,
    Action,
    Backoff,
    Delivery,
    Exchange,
    Judgement,
    choose,
    classify,
    is_too_large,
)
from agent.sending.route import RETURN_AFTER_SECONDS, Route
from agent.transport.address import parse_collector
from agent.transport.channel import Reply
from govnet.report import MAX_BODY_BYTES, MAX_DECOMPRESSED_BYTES, REASONS, REFUSALS, Answer, Duty

FIRST = parse_collector("https://198.18.0.1")
SECOND = parse_collector("https://198.18.0.2")
THIRD = parse_collector("https://198.18.0.3")


BATCH = "5" * 32


def judged(reply: Reply, reports: int) -> Judgement:
    return classify(reply, BATCH, reports)


def answered(
    accepted: tuple[int, ...] = (),
    duplicate: tuple[int, ...] = (),
    rejected: dict[int, str] | None = None,
    **more: object,
) -> Reply:
    return Reply(
        200,
        json.dumps(
            {
                "batch": BATCH,
                "accepted": accepted,
                "duplicate": duplicate,
                "rejected": [{"seq": s, "reason": r} for s, r in (rejected or {}).items()],
                "time": 1_790_000_000.0,
                "settings": "0011223344556677",
            }
            | more
        ).encode(),
    )


def refused(reason: str, retry_after: str | None = None, **more: str) -> Reply:
    body = json.dumps({"error": reason, "detail": "..."} | more).encode()
    return Reply(REASONS[reason], body, retry_after)


# --- what an answer means -------------------------------------------------------------------------


def test_every_reason_of_the_protocol_has_its_consequence():
    for reason, refusal in REFUSALS.items():
        kept = judged(refused(reason), 1).action is not Action.QUARANTINE
        assert kept is (refusal.duty is not Duty.SET_ASIDE)


@pytest.mark.parametrize(
    ("reason", "alone", "among_others"),
    [
        ("bad_schema", Action.QUARANTINE, Action.SPLIT),
        ("body_too_large", Action.QUARANTINE, Action.SPLIT),
        ("unknown_key", Action.SLOW_DOWN, Action.SLOW_DOWN),
        ("revoked", Action.SLOW_DOWN, Action.SLOW_DOWN),
        ("wrong_version", Action.SLOW_DOWN, Action.SLOW_DOWN),
        ("rate_limited", Action.BUSY, Action.BUSY),
        ("storage_full", Action.BUSY, Action.BUSY),
        ("request_timeout", Action.BUSY, Action.BUSY),
        ("body_truncated", Action.BUSY, Action.BUSY),
        ("not_found", Action.SLOW_DOWN, Action.SLOW_DOWN),
    ],
)
def test_a_refusal_is_judged_by_its_reason(reason: str, alone: Action, among_others: Action):
    assert judged(refused(reason), 1).action is alone
    assert judged(refused(reason), 20).action is among_others


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>Please log in to the hotel's network</html>"),
        Reply(200, b""),
        Reply(200, b"[]"),
        Reply(200, b'{"accepted": [1]}'),
        Reply(200, b"[" * 100_000),
        Reply(200, answered(accepted=(1,)).body.replace(b"[1]", b"[1e999]")),
        answered(accepted=(1,), time=float("nan")),
        answered(accepted=(1,), rejected={2: "\ud800"}),
        answered(accepted=(1,), batch="6" * 32),
        answered(accepted=(1,), batch=None),
        Reply(204, b""),
        Reply(302, b""),
        Reply(401, b"Proxy authentication"),
        Reply(403, b'{"error": "blocked by policy"}'),
        Reply(404, b"<h1>Not Found</h1>"),
        Reply(400, b'{"error": "unknown_key"}'),
        Reply(400, b'{"error": ["bad_schema"]}'),
        Reply(400, b"[" * 100_000),
        Reply(500, b"Internal Server Error"),
        Reply(413, b"<h1>Request Entity Too Large</h1>"),
    ],
)
def test_what_no_collector_said_counts_as_network_failure(reply: Reply):
    assert judged(reply, 1).action is Action.FAILED


def test_an_answer_about_another_batch_keeps_the_reports_and_sends_them_again_later():
    delivery = Delivery(lambda: 0.5)

    settlement = delivery.settle([1], judged(answered(accepted=(1,), batch="6" * 32), 1))

    assert settlement.accepted == settlement.rejected == ()
    assert settlement.wait_seconds > 0


def test_a_reason_without_end_is_cut():
    answer = judged(answered(rejected={1: "x" * 100_000}), 1).answer

    assert answer is not None
    assert answer.rejected == {1: "x" * 200}


def test_a_proxys_size_limit_splits_the_batch():
    assert judged(Reply(413, b"<h1>Request Entity Too Large</h1>"), 2).action is Action.SPLIT


def test_the_collector_in_charge_is_followed():
    judgement = judged(refused("wrong_collector", collector="https://198.18.0.2"), 1)

    assert judgement.action is Action.MOVE
    assert judgement.move_to == SECOND


@pytest.mark.parametrize("named", ["http://198.18.0.2", "nonsense"])
def test_a_collector_that_may_not_be_followed_is_not(named: str):
    judgement = judged(refused("wrong_collector", collector=named), 1)

    assert judgement.action is Action.SLOW_DOWN
    assert judgement.move_to is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("0", 0), (None, 0), ("Fri, 31 Dec 1999 23:59:59 GMT", 0), ("99999999", 3600)],
)
def test_retry_after_is_read_in_seconds_and_bounded(text: str | None, seconds: float):
    assert judged(refused("rate_limited", text), 1).retry_after_seconds == seconds


# --- what goes next -------------------------------------------------------------------------------


def test_a_batch_is_bounded_by_reports_and_bytes_but_one_report_always_fits():
    huge = bytes(BATCH_BYTES)

    assert choose([(9, b"z"), (1, b"a"), (2, b"b")], 2) == [(9, b"z"), (1, b"a")]
    assert choose([(9, b"z"), (1, b"a"), (2, b"b")], 100) == [(9, b"z"), (1, b"a"), (2, b"b")]
    assert choose([(9, huge + b"z"), (1, b"a")], 100) == [(9, huge + b"z")]
    assert choose([(9, b"z"), (1, huge)], 100) == [(9, b"z")]


def test_the_newest_report_leads_until_something_newer_has_arrived():
    delivery = Delivery(lambda: 0.0)

    assert delivery.leads(9)
    delivery.settle([9], Judgement(Action.FAILED, "no network"))
    assert delivery.leads(9)
    delivery.settle([9], judged(answered(accepted=(9,)), 1))
    assert not delivery.leads(8)
    assert delivery.leads(10)


def test_what_no_collector_may_take_is_recognised():
    assert is_too_large(bytes(MAX_BODY_BYTES + 1), [(1, b"a")])
    assert is_too_large(b"", [(1, bytes(MAX_DECOMPRESSED_BYTES))])
    assert not is_too_large(bytes(MAX_BODY_BYTES), [(1, bytes(MAX_BODY_BYTES))])


def test_only_the_newest_goes_first_and_batches_grow_once_the_line_works():
    delivery = Delivery(lambda: 0.0)

    assert delivery.most_reports == 1
    sizes = []
    for seq in range(6):
        delivery.settle([seq], judged(answered(accepted=(seq,)), 1))
        sizes.append(delivery.most_reports)

    assert sizes == [4, 16, 64, 100, 100, 100]
    delivery.settle([9], Judgement(Action.FAILED, "no network"))
    assert delivery.most_reports == 1


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_one_is_left():
    delivery = Delivery(lambda: 0.0)
    sizes = []
    for size in (100, 50, 25, 12, 6, 3):
        settlement = delivery.settle(list(range(size)), judged(refused("bad_schema"), size))
        assert settlement == type(settlement)()
        sizes.append(delivery.most_reports)

    assert sizes == [50, 25, 12, 6, 3, 1]
    settlement = delivery.settle([7], judged(refused("bad_schema"), 1))
    assert settlement.rejected == ((7, "bad_schema"),)


def test_accepted_and_known_reports_are_done_and_refused_ones_set_aside():
    delivery = Delivery(lambda: 0.0)
    reply = answered(accepted=(3,), duplicate=(1,), rejected={2: "seq_conflict"})

    settlement = delivery.settle([3, 1, 2, 4], judged(reply, 4))

    assert settlement.accepted == (3, 1)
    assert settlement.rejected == ((2, "seq_conflict"),)
    assert settlement.wait_seconds == 0


def test_an_answer_about_reports_that_were_not_offered_changes_nothing_and_is_not_asked_at_once():
    delivery = Delivery(lambda: 0.0)

    settlement = delivery.settle([3], judged(answered(accepted=(99,)), 1))

    assert settlement.accepted == ()
    assert settlement.wait_seconds >= 1


def after(exchange: Exchange, action: Action = Action.SETTLED, times: int = 1) -> int:
    """Return how many bytes the next batch may hold after exchanges like this one."""
    delivery = Delivery(lambda: 0.0)
    judgement = judged(answered(accepted=(1,)), 1) if action is Action.SETTLED else None
    for _ in range(times):
        delivery.settle([1], judgement or Judgement(action, "cut"), exchange)
    return delivery.goal_bytes


def test_batches_grow_while_a_quick_line_takes_as_much_as_it_is_given():
    assert after(Exchange(FIRST_GOAL_BYTES, 0.2)) == 4 * FIRST_GOAL_BYTES
    assert after(Exchange(BATCH_BYTES, 0.2), times=9) == BATCH_BYTES


def test_a_small_quick_batch_says_nothing_about_a_large_one():
    assert after(Exchange(3000, 0.1), times=9) == FIRST_GOAL_BYTES


def test_an_exchange_that_took_long_makes_the_next_batch_fit_five_seconds():
    assert after(Exchange(60_000, 10.0)) == 30_000
    assert after(Exchange(60_000, 4.0)) == FIRST_GOAL_BYTES + 11_000


def test_a_batch_that_timed_out_is_followed_by_an_eighth_and_never_by_nothing():
    assert after(Exchange(64_000, 20.0), Action.FAILED) == 8_000
    assert after(Exchange(4_000, 20.0), Action.FAILED, times=9) == LEAST_GOAL_BYTES


def test_a_line_that_is_cut_at_once_says_nothing_about_its_width():
    assert after(Exchange(64_000, 0.01), Action.FAILED) == FIRST_GOAL_BYTES


# --- how long to wait -----------------------------------------------------------------------------


def test_waits_grow_up_to_their_cap_with_full_jitter():
    longest = Backoff(1, 60, lambda: 1.0)
    shortest = Backoff(1, 60, lambda: 0.0)

    assert [longest.next_seconds() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert {shortest.next_seconds() for _ in range(8)} == {0}


def test_what_the_collector_asked_for_is_never_undercut():
    delivery = Delivery(lambda: 0.0)

    assert delivery.settle([1], judged(refused("rate_limited", "90"), 1)).wait_seconds == 90


def test_a_refused_agent_asks_rarely_and_keeps_its_reports():
    delivery = Delivery(lambda: 1.0)
    waits = []
    for _ in range(8):
        settlement = delivery.settle([1], judged(refused("unknown_key"), 1))
        assert (settlement.accepted, settlement.rejected) == ((), ())
        waits.append(settlement.wait_seconds)

    assert waits[0] == 60
    assert waits[-1] == 630


def test_a_success_makes_the_next_wait_short_again():
    delivery = Delivery(lambda: 1.0)
    for _ in range(5):
        delivery.settle([1], Judgement(Action.FAILED, "no network"))
    delivery.settle([1], Judgement(Action.SETTLED, "", Answer(BATCH, (1,), (), {}, 0.0, "")))

    assert delivery.settle([2], Judgement(Action.FAILED, "no network")).wait_seconds == 1


# --- where to -------------------------------------------------------------------------------------


def test_the_next_address_is_tried_at_once_until_all_have_failed():
    route = Route((FIRST, SECOND))

    assert route.current() == FIRST
    assert route.failed() is True
    assert route.current() == SECOND
    assert route.failed() is False
    assert route.current() == FIRST


def test_after_a_while_the_first_address_is_tried_aside_and_used_only_if_it_lives():
    route = Route((FIRST, SECOND))
    route.failed()
    route.succeeded(now=10)
    route.succeeded(now=200)

    due_at = 10 + RETURN_AFTER_SECONDS
    assert route.return_due(due_at - 1) is None
    assert route.return_due(due_at) == FIRST
    route.tried_to_return(due_at, is_alive=False)
    assert route.current() == SECOND
    assert route.return_due(due_at + 1) is None
    assert route.return_due(due_at + RETURN_AFTER_SECONDS) == FIRST
    route.tried_to_return(due_at + RETURN_AFTER_SECONDS, is_alive=True)
    assert route.current() == FIRST
    assert route.return_due(2 * due_at + RETURN_AFTER_SECONDS) is None


def test_a_named_collector_is_reached_by_the_network_of_the_one_that_named_it():
    relay = replace(SECOND, path="internet")
    route = Route((FIRST, relay))
    route.failed()

    route.move(THIRD)
    assert route.current().path == "internet"
    route.move(FIRST)
    assert route.current().path == "tslcd"


def test_a_named_collector_leads_the_list_and_the_others_stay_behind_it():
    route = Route((FIRST, SECOND))

    assert route.move(THIRD) is True
    assert route.current() == THIRD
    route.failed()
    assert route.current() == FIRST


def test_collectors_that_send_an_agent_in_a_circle_are_not_followed_for_ever():
    route = Route((FIRST, SECOND))

    assert [route.move(address) for address in (SECOND, FIRST, SECOND, FIRST)] == [
        True,
        True,
        True,
        False,
    ]
