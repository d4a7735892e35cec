"""A backlog over a thin line: the newest is never far behind, and the backlog still drains.

The line is a number of bytes a second with a round trip; an exchange that takes longer than the
channel allows is lost after that time, as the real one is. The clock is the simulation's own.
"""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sending.delivery import Action, Delivery, Exchange, Judgement, choose
from agent.transport.channel import CONNECT_SECONDS, TIMEOUT_SECONDS
from govnet.report import Answer

INTERVAL_SECONDS = 60.0
COMPRESSION = 6
HEAD_BYTES = 1000


@dataclass
class Line:
    """A line of some bytes a second; cut until `heals_at`."""

    bytes_per_second: float
    round_trip_seconds: float
    heals_at: float = 0.0

    def carry(self, plain_bytes: int, now: float) -> tuple[bool, float]:
        """Return whether a batch arrives, and how long that or giving up takes."""
        if now < self.heals_at:
            return False, CONNECT_SECONDS
        seconds = self.round_trip_seconds + (plain_bytes / COMPRESSION + HEAD_BYTES) / (
            self.bytes_per_second
        )
        return seconds < TIMEOUT_SECONDS, min(seconds, TIMEOUT_SECONDS)


@dataclass
class Office:
    """A sender's loop around the real decisions, on a clock that jumps."""

    line: Line
    report_bytes: int
    delivery: Delivery = field(default_factory=lambda: Delivery(lambda: 0.99))
    waiting: dict[int, bytes] = field(default_factory=dict)
    made: int = 0
    now: float = 0.0
    next_report_at: float = 0.0
    newest_behind: list[tuple[float, float]] = field(default_factory=list)
    longest_exchange: float = 0.0
    known: int = 0

    def make(self, count: int = 1) -> None:
        for _ in range(count):
            self.made += 1
            self.waiting[self.made] = bytes(self.report_bytes)

    def pass_to(self, at: float) -> None:
        """Let reports be made until then."""
        while self.next_report_at <= at:
            self.make()
            self.next_report_at += INTERVAL_SECONDS
        self.now = at

    def run_until(self, end: float) -> None:
        while self.now < end:
            if not self.waiting:
                self.pass_to(self.next_report_at)
                continue
            self.send()

    def send(self) -> None:
        records = sorted(self.waiting.items())
        if self.delivery.leads(records[-1][0]):
            records = [records[-1], *records[:-1]]
        batch = choose(records, self.delivery.most_reports, self.delivery.goal_bytes)
        seqs = [seq for seq, _ in batch]
        plain_bytes = sum(len(body) for _, body in batch)
        arrived, seconds = self.line.carry(plain_bytes, self.now)
        exchange = Exchange(plain_bytes, seconds) if self.now >= self.line.heals_at else None
        if arrived:
            answer = Answer("", tuple(seqs), (), {}, 0.0, "")
            judgement = Judgement(Action.SETTLED, "", answer=answer)
            self.longest_exchange = max(self.longest_exchange, seconds)
            self.known = max(self.known, *seqs)
            for seq in seqs:
                del self.waiting[seq]
        else:
            judgement = Judgement(Action.FAILED, "cut")
        wait = self.delivery.settle(seqs, judgement, exchange).wait_seconds
        self.pass_to(self.now + seconds + wait)
        if self.now > self.line.heals_at:
            behind_seconds = (self.made - self.known) * INTERVAL_SECONDS
            self.newest_behind.append((self.now, behind_seconds))


@given(
    kilobits=st.sampled_from([64, 128, 512, 2048, 100_000]),
    round_trip=st.floats(0.005, 1.5),
    report_bytes=st.integers(500, 24_000),
    backlog_reports=st.integers(0, 1500),
)
@settings(deadline=None, max_examples=60)
def test_while_a_backlog_drains_the_newest_report_is_at_most_one_exchange_away(
    kilobits: int, round_trip: float, report_bytes: int, backlog_reports: int
):
    line = Line(kilobits * 1000 / 8, round_trip, heals_at=600.0)
    office = Office(line, report_bytes)
    office.make(backlog_reports)
    office.next_report_at = 1.0

    office.run_until(line.heals_at + 45.0 + CONNECT_SECONDS)
    assert office.known > backlog_reports, "shown within a minute of the heal"

    office.run_until(line.heals_at + 8 * 3600.0)
    late = [behind for at, behind in office.newest_behind if at > line.heals_at + 120]
    # One that was made during the last exchange is on its way next.
    assert max(late, default=0.0) <= INTERVAL_SECONDS
    assert office.longest_exchange < TIMEOUT_SECONDS / 1.5
    assert len(office.waiting) <= 2
