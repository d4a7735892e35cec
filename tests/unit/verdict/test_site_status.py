"""When a site is up, degraded, down or unknown."""

from collections.abc import Callable

import msgspec
import pytest

from collector.wire import Received
from inventory.coverage.separable import is_blind
from inventory.model import Device, DeviceKind, Inventory, Machine
from tests.judged_province import (
    ANSWERS,
    CENTRE,
    SILENT,
    START,
    Judged,
    Results,
    path,
    with_site,
)

MINUTE = 60.0
OTHERS = ("xa-a/pc-1", "xa-c/pc-1", "xa-d/pc-1")
SWITCH = Device(id="xa-b/sw", kind=DeviceKind.SWITCH, address="198.18.1.2", always_on=True)


def cut(province: Judged, minutes: int = 5) -> None:
    """Let site b be silent, and the others live."""
    province.minutes(minutes, *OTHERS, a=True, b=False, c=True, d=True)


def test_a_silent_site_is_down_after_three_missed_probes_since_the_first(alive: Judged) -> None:
    last_sign_at = alive.now
    cut(alive, 2)
    assert alive.status("xa-b") == "up"

    # The third probe is missed while the last report of its PC may still tell the present.
    cut(alive, 1)
    assert alive.status("xa-b") == "up"
    alive.now += 1

    verdict = alive.site("xa-b")
    assert (verdict.status, verdict.cause) == ("down", "undetermined")
    assert (verdict.since, verdict.last_sign_at) == (last_sign_at + MINUTE, last_sign_at)
    assert alive.codes("xa-b") == ["agents_silent", "target_silent"]
    assert alive.story("xa-b")[-1] == ("down", "undetermined", 4.0)


def test_one_missed_probe_is_nothing(alive: Judged) -> None:
    for answers in (False, True, False, False, True):
        alive.minutes(1, *OTHERS, a=True, b=answers, c=True, d=True)

    assert [status for status, _, _ in alive.story("xa-b")] == ["up"]


def test_a_site_comes_back_with_its_first_report(alive: Judged) -> None:
    cut(alive)
    assert alive.status("xa-b") == "down"

    alive.now += 1
    alive.hear("xa-b/pc-1")
    alive.look(b=True)

    verdict = alive.site("xa-b")
    assert (verdict.status, verdict.cause, verdict.since) == ("up", None, alive.now)


def test_since_stays_while_the_status_stays(alive: Judged) -> None:
    cut(alive)
    since = alive.site("xa-b").since
    cut(alive)

    assert alive.site("xa-b").since == since


def test_a_site_whose_router_answers_is_up_without_any_agent(province: Judged) -> None:
    province.minutes(60, b=True)

    assert province.status("xa-b") == "up"
    assert province.codes("xa-b") == ["agents_never_heard", "target_answers"]


def test_a_site_whose_conference_point_answers_the_centre_is_not_down(province: Judged) -> None:
    answer = [("govnet_point_reachable", 1.0, {"protocol": "sip_udp"})]
    for _ in range(10):
        province.now += MINUTE
        province.hear(
            CENTRE, {("conference", "xa-a/diem-cau"): answer, ("always_on", "xa-a/cpe"): SILENT}
        )

    assert province.status("xa-a") == "up"
    assert province.codes("xa-a")[-1] == "point_answers"


@pytest.mark.parametrize(
    ("router", "switch", "expected", "code"),
    [
        (ANSWERS, SILENT, "up", "target_answers"),
        (SILENT, ANSWERS, "up", "target_answers"),
        (SILENT, SILENT, "down", "target_silent"),
        (ANSWERS, [], "up", "target_answers"),
        (SILENT, [], "down", "target_silent"),
    ],
)
def test_a_site_lives_as_long_as_anything_always_on_answers(
    *,
    small_province: Inventory,
    received: Callable[..., Received],
    router: list[tuple[object, ...]],
    switch: list[tuple[object, ...]],
    expected: str,
    code: str,
) -> None:
    """The site has no link of its own; [] means that the centre could not ask."""
    devices = (*small_province.sites["xa-b"].devices, SWITCH)
    inventory = with_site(small_province, "xa-b", links=(), devices=devices)
    province = Judged(inventory, received)
    for _ in range(4):
        province.now += MINUTE
        looks: Results = {("always_on", "xa-b/cpe"): router, ("always_on", "xa-b/sw"): switch}
        province.hear(CENTRE, looks)
        province.judge()

    assert province.status("xa-b") == expected
    assert province.codes("xa-b")[-1] == code


def test_an_old_answer_of_one_item_does_not_hide_that_the_other_is_silent_now(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    devices = (*small_province.sites["xa-b"].devices, SWITCH)
    province = Judged(with_site(small_province, "xa-b", devices=devices), received)
    province.hear(CENTRE, {("always_on", "xa-b/cpe"): ANSWERS})  # type: ignore[dict-item]
    answered_at = province.now
    for _ in range(5):
        province.now += MINUTE
        province.hear(CENTRE, {("always_on", "xa-b/sw"): SILENT})  # type: ignore[dict-item]

    verdict = province.site("xa-b")
    assert (verdict.status, verdict.last_sign_at) == ("down", answered_at)


def test_what_the_centre_sees_of_a_link_says_nothing_about_its_site(alive: Judged) -> None:
    for _ in range(5):
        alive.now += MINUTE
        alive.hear(
            CENTRE,
            {
                ("link", "xa-b/tslcd"): [path("site", answers=True)],
                ("always_on", "xa-b/cpe"): SILENT,  # type: ignore[dict-item]
            },
        )
        alive.judge()

    assert alive.status("xa-b") == "down"
    assert alive.item("xa-b/tslcd") == "up"


def test_a_blind_site_whose_pcs_are_switched_off_is_unknown(province: Judged) -> None:
    """In the evening its PCs are rightly off, and nobody can look."""
    assert is_blind(province.inventory.sites["xa-f"])
    province.minutes(2, "xa-f/pc-1")
    assert province.status("xa-f") == "up"
    province.minutes(4)

    verdict = province.site("xa-f")
    assert (verdict.status, verdict.cause) == ("unknown", None)
    assert province.codes("xa-f") == ["agents_silent", "centre_cannot_look"]


def test_a_blind_site_whose_server_fell_silent_is_down(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    server = Machine(id="xa-f/may-chu", profile="server")
    province = Judged(with_site(small_province, "xa-f", machines=(server,)), received)
    province.minutes(2, "xa-f/may-chu", *OTHERS)
    heard_at = province.now
    province.minutes(5, *OTHERS)

    verdict = province.site("xa-f")
    assert (verdict.status, verdict.last_sign_at) == ("down", heard_at)
    assert verdict.since == heard_at + MINUTE
    assert province.codes("xa-f")[:3] == ["agents_silent", "centre_cannot_look", "server_silent"]
    assert province.item("xa-f/may-chu") == "unreachable"


def test_nothing_is_known_of_a_site_until_somebody_looks(province: Judged) -> None:
    sites = province.judge().sites

    assert {sites[f"xa-{letter}"].status for letter in "abcdef"} == {"never_seen"}
    assert sites["xa-g"].status == "exempt"


def test_a_site_that_never_answered_is_down_once_the_probes_tell(province: Judged) -> None:
    province.minutes(2, *OTHERS, a=True, b=False)
    assert province.status("xa-b") == "unknown"
    province.minutes(1, *OTHERS, a=True, b=False)

    verdict = province.site("xa-b")
    assert (verdict.status, verdict.since) == ("down", START + MINUTE)
    assert verdict.last_sign_at is None


def test_a_site_that_nobody_looks_at_any_more_is_unknown(alive: Judged) -> None:
    alive.minutes(10)

    assert alive.status("xa-b") == "unknown"
    assert alive.codes("xa-b") == ["agents_silent", "centre_without_result"]


def test_an_agent_cannot_testify_for_another_site(alive: Judged) -> None:
    for _ in range(5):
        cut(alive, 1)
        alive.hear("xa-c/pc-1", {("always_on", "xa-b/cpe"): ANSWERS})  # type: ignore[dict-item]

    assert alive.status("xa-b") == "down"


def test_a_late_report_shows_that_a_machine_lived_and_not_that_the_site_was_reached(
    alive: Judged,
) -> None:
    last_sign_at = alive.now
    cut(alive)
    alive.hear("xa-b/pc-1", at=last_sign_at + 60, received_at=alive.now)

    verdict = alive.site("xa-b")
    assert (verdict.status, verdict.last_sign_at) == ("down", last_sign_at)


def test_a_report_on_its_way_while_its_machine_was_judged_silent_counts(alive: Judged) -> None:
    """It came in time, but was only written to the disk when its site had been judged."""
    in_time = alive.now + 180
    report = alive.made("xa-b/pc-1", at=in_time, received_at=in_time)
    cut(alive, 3)
    alive.now += 1
    assert alive.status("xa-b") == "down"
    alive.evidence.apply(report)

    assert alive.status("xa-b") == "degraded"


def test_a_backlog_of_a_fast_clock_cannot_turn_a_living_site_down(alive: Judged) -> None:
    """The centre's older reports, of a boot with a wrong clock, seem to be the latest."""
    waiting = alive.made(CENTRE, {("always_on", "xa-b/cpe"): SILENT})  # type: ignore[dict-item]
    alive.minutes(5, *OTHERS, a=True, b=True, c=True, d=True)

    alive.now += 1
    early = alive.received(
        CENTRE,
        alive.now,
        {("always_on", "xa-b/cpe"): SILENT},
        seq=waiting.report.seq,
    )
    alive.evidence.apply(early)

    assert alive.status("xa-b") == "up"


def test_machines_without_a_name_server_make_their_site_degraded(alive: Judged) -> None:
    def said(answering: float) -> list[tuple[object, ...]]:
        return [("govnet_lan_resolvers", 2.0), ("govnet_lan_resolvers_answering", answering)]

    alive.now += MINUTE
    for machine, answering in (("xa-b/pc-1", 0.0), ("xa-b/pc-2", 0.0)):
        alive.hear(machine, {("lan", machine): said(answering)})
    alive.look(b=True)
    assert alive.status("xa-b") == "degraded"
    assert alive.codes("xa-b")[-1] == "resolvers_silent"

    alive.now += MINUTE
    alive.hear("xa-b/pc-2", {("lan", "xa-b/pc-2"): said(1.0)})
    assert alive.status("xa-b") == "up"


def test_a_site_that_leaves_the_inventory_is_judged_no_more(alive: Judged) -> None:
    sites = {name: site for name, site in alive.inventory.sites.items() if name != "xa-b"}
    without = msgspec.structs.replace(alive.inventory, sites=sites)
    alive.judgement.replace_inventory(without, alive.now)

    verdicts = alive.judge()
    assert "xa-b" not in verdicts.sites
    assert not {item for item in verdicts.items if item.startswith("xa-b/")}
