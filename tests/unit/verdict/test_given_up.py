"""An outage of what left the inventory ends with that: nobody would ever see it work."""

from inventory.model import Lifecycle
from tests.judged_province import Judged, with_site

OTHERS = ("xa-a/pc-1", "xa-c/pc-1", "xa-d/pc-1")


def cut(province: Judged) -> None:
    province.minutes(8, *OTHERS, a=True, b=False, c=True, d=True)


def ends(province: Judged) -> list[float | None]:
    cases = province.judgement.record.book.cases()
    return [case.outage.ended_at for case in cases if case.outage.site == "xa-b"]


def test_the_outage_of_a_site_that_is_retired_ends_then(alive: Judged):
    cut(alive)
    alive.judgement.record.book.take_changes()
    retired = with_site(alive.inventory, "xa-b", lifecycle=Lifecycle.RETIRED)
    alive.judgement.replace_inventory(retired, alive.now)

    assert ends(alive) == [alive.now]
    (belief,) = alive.judgement.record.book.take_changes().beliefs
    assert [note.code for note in belief.because] == ["watched_no_more"]


def test_a_site_that_was_retired_while_nobody_ran_has_no_outage_either(alive: Judged):
    cut(alive)
    alive.inventory = with_site(alive.inventory, "xa-b", lifecycle=Lifecycle.RETIRED)
    again = alive.restarted(alive.judgement.record.spans("xa-b"), 60.0)

    assert ends(again) == [again.now]


def test_a_site_that_comes_back_into_the_inventory_still_has_the_same_outage(alive: Judged):
    cut(alive)
    retired = with_site(alive.inventory, "xa-b", lifecycle=Lifecycle.RETIRED)
    alive.judgement.replace_inventory(retired, alive.now)
    alive.judgement.replace_inventory(alive.inventory, alive.now)
    cut(alive)

    assert ends(alive) == [None]
