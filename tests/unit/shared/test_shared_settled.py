"""What has settled costs nothing any more: a line that flaps for weeks slows nobody down."""

from collections.abc import Sequence

from collector.verdict.shared.records import Others, Shared
from collector.verdict.shared.share import Settled, share
from tests.watched_sites import INTERVAL, START, Cut, Watched, sites

FLAPS = 30
EVERY_SECONDS = 1200.0
NOW = START + FLAPS * EVERY_SECONDS


class Asked:
    """A province in which one site flaps; counts who is asked for."""

    def __init__(self) -> None:
        cuts = [
            Cut("xa-000", START + EVERY_SECONDS * index, START + EVERY_SECONDS * index + 300.0)
            for index in range(FLAPS)
        ]
        self.watched = Watched(sites(6), cuts)
        self.times = 0

    def alive_at(self, since: float, at: float) -> Sequence[Others]:
        self.times += 1
        return self.watched.alive_at(since, at)

    def say(self, now: float, settled: Settled | None = None) -> Shared:
        self.times = 0
        return share(
            self.watched.silences(now),
            self.alive_at,
            centre_silent_since=self.watched.centre_silent_since,
            interval_seconds=INTERVAL,
            now=now,
            settled=settled,
        )


def test_silences_that_have_settled_are_asked_about_once():
    province, settled = Asked(), Settled(5 * INTERVAL)
    first = province.say(NOW, settled)
    assert province.times >= FLAPS

    assert province.say(NOW + 60.0, settled) == first == province.say(NOW + 60.0)
    province.say(NOW + 60.0, settled)
    assert province.times == 0


def test_what_is_told_otherwise_of_a_silence_is_asked_about_anew():
    province, settled = Asked(), Settled(5 * INTERVAL)
    province.say(NOW, settled)
    province.watched.cuts[3] = Cut("xa-000", START + 3 * EVERY_SECONDS, cause="link")

    assert province.say(NOW, settled) == province.say(NOW)


def test_silences_that_are_none_any_more_are_forgotten():
    province, settled = Asked(), Settled(5 * INTERVAL)
    province.say(NOW, settled)
    settled.keep(())
    province.say(NOW, settled)
    assert province.times >= FLAPS
