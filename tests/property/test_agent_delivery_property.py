"""Every report is offered until it is accepted or refused for its content, and never after.

The collector of this test answers as it likes: any refusal, any part of a batch, nonsense. What is
right is worked out here in the most naive way, from the reports it has ruled on.
"""

import json
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sending.delivery import Delivery, choose, classify
from agent.transport.channel import Reply
from govnet.report import REASONS

CONTENT_REASONS = {"bad_request", "bad_gzip", "bad_json", "bad_schema"} | {
    reason for reason, status in REASONS.items() if status == 413
}
BATCH = "5" * 32
MARKS = ("accepted", "duplicate", "rejected", "silent")

moves = st.one_of(
    st.tuples(st.just("make"), st.integers(1, 5)),
    st.tuples(st.just("network"), st.sampled_from([0, 200, 413, 500])),
    st.tuples(st.just("refuse"), st.sampled_from(sorted(REASONS))),
    st.tuples(st.just("answer"), st.lists(st.sampled_from(MARKS), min_size=1, max_size=8)),
)


@dataclass
class World:
    """Reports that wait, and what the collector has ruled on."""

    delivery: Delivery = field(default_factory=lambda: Delivery(lambda: 0.5))
    waiting: dict[int, bytes] = field(default_factory=dict)
    ruled_on: set[int] = field(default_factory=set)
    made: int = 0

    def make(self, count: int) -> None:
        for _ in range(count):
            self.made += 1
            self.waiting[self.made] = b"{}"

    def offer(self) -> list[int]:
        records = sorted(self.waiting.items())
        if self.delivery.leads(records[-1][0]):
            records = [records[-1], *records[:-1]]
        seqs = [seq for seq, _ in choose(records, self.delivery.most_reports)]
        newest = max(self.waiting)
        is_news = newest > max(self.ruled_on, default=0)
        assert seqs[0] == (newest if is_news else min(self.waiting))
        assert len(set(seqs)) == len(seqs) <= 100
        assert not self.ruled_on & set(seqs)
        return seqs

    def settle(self, seqs: list[int], reply: Reply) -> float:
        settlement = self.delivery.settle(seqs, classify(reply, BATCH, len(seqs)))
        for seq in (*settlement.accepted, *(seq for seq, _ in settlement.rejected)):
            del self.waiting[seq]
        return settlement.wait_seconds


def reply_of(kind: str, detail: object, seqs: list[int]) -> tuple[Reply, set[int]]:
    """Return a collector's reply and the seqs it has ruled on by it."""
    if kind == "network":
        return Reply(int(str(detail)), b"<html>log in</html>"), set()
    if kind == "refuse":
        reason = str(detail)
        body = json.dumps({"error": reason, "detail": ""}).encode()
        ruled = set(seqs) if reason in CONTENT_REASONS and len(seqs) == 1 else set()
        return Reply(REASONS[reason], body), ruled
    assert isinstance(detail, list)
    marks = {seq: detail[index % len(detail)] for index, seq in enumerate(seqs)}
    plain = {
        "batch": BATCH,
        "accepted": [seq for seq, mark in marks.items() if mark == "accepted"],
        "duplicate": [seq for seq, mark in marks.items() if mark == "duplicate"],
        "rejected": [
            {"seq": seq, "reason": "bad_report"}
            for seq, mark in marks.items()
            if mark == "rejected"
        ],
        "time": 1.0,
        "settings": "",
    }
    ruled = {seq for seq, mark in marks.items() if mark != "silent"}
    return Reply(200, json.dumps(plain).encode()), ruled


@given(st.lists(moves, max_size=60))
@settings(deadline=None)
def test_reports_are_offered_until_they_are_ruled_on_and_never_after(
    script: list[tuple[str, object]],
):
    world = World()
    for kind, detail in script:
        if kind == "make":
            world.make(int(str(detail)))
            continue
        if not world.waiting:
            continue
        seqs = world.offer()
        reply, ruled = reply_of(kind, detail, seqs)
        wait_seconds = world.settle(seqs, reply)
        world.ruled_on |= ruled

        assert set(world.waiting) == set(range(1, world.made + 1)) - world.ruled_on
        if not ruled:
            # Nothing moved: either fewer are tried next, or it waits.
            assert wait_seconds > 0 or world.delivery.most_reports < len(seqs)

    rounds = 0
    while world.waiting:
        seqs = world.offer()
        world.settle(seqs, reply_of("answer", ["accepted"], seqs)[0])
        world.ruled_on |= set(seqs)
        rounds += 1
        assert rounds <= world.made


@given(st.integers(1, 300), st.sets(st.integers(1, 300)))
@settings(deadline=None)
def test_bad_reports_take_no_others_with_them(count: int, bad: set[int]):
    """A collector that refuses any batch with a bad report in it still gets all the good ones."""
    world = World()
    world.make(count)
    accepted: set[int] = set()
    for _ in range(20 * count + 20):
        if not world.waiting:
            break
        seqs = world.offer()
        if bad & set(seqs):
            reply, _ = reply_of("refuse", "bad_schema", seqs)
        else:
            reply, _ = reply_of("answer", ["accepted"], seqs)
            accepted |= set(seqs)
        world.settle(seqs, reply)
        world.ruled_on = set(range(1, count + 1)) - set(world.waiting)

    assert accepted == set(range(1, count + 1)) - bad
    assert not world.waiting
