"""Whether a point is ready: what each kind of evidence does, and whom one is told to call."""

from collections.abc import Callable

import msgspec
import pytest

from collector.maintenance.records import Entry, Kind, State
from collector.readiness.records import Part, PointState, Room, Tick
from collector.readiness.wording import sentence, whom_to_call
from collector.series.labels import Targets
from collector.wire import Received
from inventory.model import (
    ConferencePoint,
    Inventory,
    Lifecycle,
    PointKind,
    Service,
    ServiceKind,
)
from tests.judged_province import CENTRE, START, with_site
from tests.ready_points import (
    BEGINS,
    CODEC,
    PC_A,
    PC_B,
    PLATFORM,
    SOFTWARE,
    Rehearsal,
    Samples,
    answers,
    confirmed,
    platform,
    train,
)

REGISTERED = [("govnet_point_registered", 1.0, {"protocol": "sip"})]


@pytest.fixture
def rehearsal(small_province: Inventory, received: Callable[..., Received]) -> Rehearsal:
    made = Rehearsal(small_province, received)
    made.pass_minutes(5)
    return made


def test_a_point_of_which_everything_is_seen_and_good_is_ready(rehearsal: Rehearsal):
    assert rehearsal.states() == {CODEC: "ready", SOFTWARE: "ready"}


def test_nothing_is_ready_before_anything_was_measured(
    small_province: Inventory, received: Callable[..., Received]
):
    fresh = Rehearsal(small_province, received)

    assert set(fresh.states().values()) == {"not_checked"}


def test_evidence_that_is_three_intervals_old_is_no_evidence(rehearsal: Rehearsal):
    rehearsal.judged.now += 181.0

    assert PointState.READY not in {one.state for one in rehearsal.points().values()}
    assert "path_stale" in rehearsal.why(CODEC)
    assert "point_stale" in rehearsal.why(CODEC)


def test_a_codec_that_does_not_answer_is_not_ready(rehearsal: Rehearsal):
    rehearsal.results[CENTRE][("conference", CODEC)] = answers(sip_udp=0, h323=0, cisco_xapi=0)
    rehearsal.pass_minutes(1)

    assert rehearsal.states() == {CODEC: "not_ready", SOFTWARE: "ready"}
    assert rehearsal.why(CODEC)[:2] == ["point_silent", "calls_refused"]


def test_a_codec_that_answers_but_takes_no_calls_is_not_ready(rehearsal: Rehearsal):
    rehearsal.results[CENTRE][("conference", CODEC)] = answers(sip_udp=0, h323=0, cisco_xapi=1)
    rehearsal.pass_minutes(1)

    assert rehearsal.why(CODEC)[0] == "calls_refused"


def test_a_codec_with_one_of_two_protocols_is_at_risk(rehearsal: Rehearsal):
    rehearsal.results[CENTRE][("conference", CODEC)] = [
        *answers(sip_udp=1, h323=0, cisco_xapi=1),
        *REGISTERED,
    ]
    rehearsal.pass_minutes(1)

    assert rehearsal.states()[CODEC] == "at_risk"
    assert rehearsal.why(CODEC) == ["calls_partly"]


def test_a_codec_that_is_not_registered_is_not_ready(rehearsal: Rehearsal):
    rehearsal.results[CENTRE][("conference", CODEC)] = [
        *answers(sip_udp=1, h323=1, cisco_xapi=1),
        ("govnet_point_registered", 0.0, {"protocol": "sip"}),
    ]
    rehearsal.pass_minutes(1)

    assert rehearsal.why(CODEC) == ["not_registered"]


def with_registrar(rehearsal: Rehearsal) -> None:
    """Let a registrar be asked which points are registered; endpoints say nothing themselves."""
    registrar = Service(
        id="dang-ky",
        name="Máy chủ đăng ký",
        kind=ServiceKind.CONFERENCE_PLATFORM,
        url="https://198.18.0.51/",
        registrar=True,
        login="registrar",
    )
    rehearsal.inventory = msgspec.structs.replace(
        rehearsal.inventory, services=rehearsal.inventory.services | {"dang-ky": registrar}
    )
    rehearsal.readings.replace_inventory(Targets(rehearsal.inventory))
    rehearsal.results[CENTRE][("conference", CODEC)] = answers(sip_udp=1, h323=1, cisco_xapi=1)


@pytest.mark.parametrize(
    ("said", "state", "why"),
    [
        ([("govnet_registrar_endpoint_registered", 1.0, {"endpoint": CODEC})], "ready", []),
        (
            [("govnet_registrar_endpoint_registered", 0.0, {"endpoint": CODEC})],
            "not_ready",
            ["not_registered"],
        ),
        ([], "not_checked", ["registrar_silent"]),
    ],
)
def test_the_registrars_word_counts_and_its_silence_is_no_registration(
    rehearsal: Rehearsal, said: Samples, state: str, why: list[str]
):
    with_registrar(rehearsal)
    rehearsal.results[CENTRE][("registrar", "dang-ky")] = [
        ("govnet_registrar_reachable", 1.0),
        *said,
    ]
    rehearsal.pass_minutes(1)

    assert (rehearsal.states()[CODEC], rehearsal.why(CODEC)) == (state, why)


def test_a_registration_that_the_point_told_long_ago_is_none(rehearsal: Rehearsal):
    told = rehearsal.results[CENTRE].pop(("conference", CODEC))
    rehearsal.results[PC_A][("conference", CODEC)] = [
        sample for sample in told if sample[0] != "govnet_point_registered"
    ]
    rehearsal.pass_minutes(4)

    assert rehearsal.why(CODEC) == ["registration_stale"]


def test_the_centres_look_counts_before_that_of_the_site(rehearsal: Rehearsal):
    """A codec that only its own office reaches cannot be called by the MCU."""
    rehearsal.results[CENTRE][("conference", CODEC)] = answers(sip_udp=0, h323=0, cisco_xapi=0)
    rehearsal.results[PC_A][("conference", CODEC)] = answers(sip_udp=1, h323=1, cisco_xapi=1)
    rehearsal.pass_minutes(1)

    assert rehearsal.states()[CODEC] == "not_ready"


@pytest.mark.parametrize(
    ("loss", "grade", "state", "code"),
    [(0.02, 1.0, "at_risk", "path_fair"), (0.06, 2.0, "not_ready", "path_poor")],
)
def test_the_grade_of_the_path_counts(
    rehearsal: Rehearsal, loss: float, grade: float, state: str, code: str
):
    rehearsal.results[PC_A][("path", "xa-a/tslcd")] = train(loss, grade)
    rehearsal.pass_minutes(1)

    assert (rehearsal.states()[CODEC], rehearsal.why(CODEC)) == (state, [code])


def test_a_poor_path_is_said_with_its_figures_and_the_carriers_shift(rehearsal: Rehearsal):
    rehearsal.results[PC_A][("path", "xa-a/tslcd")] = train(0.06, 2.0)
    rehearsal.pass_minutes(1)
    point = rehearsal.points()[CODEC]
    (reason,) = point.reasons

    assert sentence(reason, "vi") == (
        "Kém: mất gói 6,0 %, biến thiên trễ 1,0 ms, trễ một chiều 5,0 ms."
    )
    assert whom_to_call(rehearsal.inventory, point, reason) == ("Trực ca (VNPT): +84 263 0000 002.")


def test_a_silent_codec_is_told_to_the_office(rehearsal: Rehearsal):
    rehearsal.results[CENTRE][("conference", CODEC)] = answers(sip_udp=0, h323=0, cisco_xapi=0)
    rehearsal.pass_minutes(1)
    point = rehearsal.points()[CODEC]

    told = whom_to_call(rehearsal.inventory, point, point.reasons[0])
    assert told.startswith("Văn phòng xã A")


def test_a_reflector_that_is_not_reached_is_not_ready(rehearsal: Rehearsal):
    rehearsal.results[PC_A][("path", "xa-a/tslcd")] = [("govnet_path_reachable", 0.0)]
    rehearsal.pass_minutes(1)

    assert rehearsal.why(CODEC) == ["path_silent"]


def test_without_a_reflector_nobody_says_that_the_path_is_good(rehearsal: Rehearsal):
    province = msgspec.structs.replace(rehearsal.inventory.province, reflector=None)
    rehearsal.inventory = msgspec.structs.replace(rehearsal.inventory, province=province)

    assert rehearsal.states() == {CODEC: "not_checked", SOFTWARE: "not_checked"}


def cut_off(rehearsal: Rehearsal) -> None:
    """Let the centre reach nothing of the codec's site any more."""
    dead = answers(sip_udp=0, h323=0, cisco_xapi=0)
    rehearsal.results[CENTRE][("conference", CODEC)] = dead
    rehearsal.results[CENTRE][("always_on", "xa-a/cpe")] = [("govnet_target_reachable", 0.0)]
    rehearsal.pass_minutes(5, but=(PC_A,))


def test_a_site_that_is_cut_off_is_not_ready(rehearsal: Rehearsal):
    cut_off(rehearsal)

    assert rehearsal.states()[CODEC] == "not_ready"
    assert rehearsal.why(CODEC)[0] == "site_down"


def test_a_repaired_site_turns_green_only_with_evidence_of_after_the_repair(rehearsal: Rehearsal):
    cut_off(rehearsal)
    repaired = Rehearsal(rehearsal.inventory, rehearsal.judged.received).results
    rehearsal.results[CENTRE] = repaired[CENTRE]
    rehearsal.pass_minutes(1, but=(PC_A,))
    assert rehearsal.states()[CODEC] != "ready"

    rehearsal.pass_minutes(3)
    assert rehearsal.states()[CODEC] == "ready"


@pytest.mark.parametrize(
    ("phases", "code"),
    [
        ((), "platform_dns"),
        (("dns",), "platform_connect"),
        (("dns", "connect"), "platform_tls"),
        (("dns", "connect", "tls"), "platform_answer"),
    ],
)
def test_where_using_the_platform_fails_is_said(
    rehearsal: Rehearsal, phases: tuple[str, ...], code: str
):
    rehearsal.results[PC_B][("service", PLATFORM)] = platform(0.0, phases)
    rehearsal.pass_minutes(1)

    assert (rehearsal.states()[SOFTWARE], rehearsal.why(SOFTWARE)) == ("not_ready", [code])


def test_a_pc_that_is_off_is_not_ready(rehearsal: Rehearsal):
    rehearsal.pass_minutes(4, but=(PC_B,))

    assert rehearsal.states()[SOFTWARE] == "not_ready"
    assert "machine_silent" in rehearsal.why(SOFTWARE)


def test_a_pc_with_a_wrong_clock_is_not_ready(rehearsal: Rehearsal):
    rehearsal.skew_seconds[PC_B] = 3_600.0
    rehearsal.pass_minutes(1)

    assert rehearsal.why(SOFTWARE) == ["clock_wrong"]


def test_a_software_point_without_pc_or_platform_is_not_checked(rehearsal: Rehearsal):
    bare = ConferencePoint(id=SOFTWARE, kind=PointKind.SOFTWARE)
    rehearsal.inventory = with_site(rehearsal.inventory, "xa-b", conference_points=(bare,))
    rehearsal.meeting = msgspec.structs.replace(rehearsal.meeting, platform="")

    assert rehearsal.why(SOFTWARE) == ["machine_not_declared", "platform_not_declared"]


def test_a_codec_of_a_meeting_without_a_platform_is_not_checked(rehearsal: Rehearsal):
    """Nobody asked what it would call: its own answers do not make it ready."""
    rehearsal.meeting = msgspec.structs.replace(rehearsal.meeting, platform="")

    assert rehearsal.states()[CODEC] == "not_checked"
    assert rehearsal.why(CODEC) == ["platform_not_declared"]


def test_a_power_cut_within_the_meeting_puts_a_point_at_risk(rehearsal: Rehearsal):
    rehearsal.planned = (
        Entry(
            id=1,
            kind=Kind.POWER_CUT,
            item="xa-a",
            start=BEGINS + 600,
            end=BEGINS + 1_200,
            reason="Bảo trì lưới điện",
            source="operator",
            state=State.CONFIRMED,
            created_at=START,
            created_by="root",
        ),
    )

    assert rehearsal.states()[CODEC] == "at_risk"
    assert rehearsal.why(CODEC) == ["planned_power_cut"]


def test_a_certificate_that_ends_before_the_meeting_does_is_not_ready(rehearsal: Rehearsal):
    ends = ("govnet_point_certificate_expiry_timestamp_seconds", BEGINS + 60, {"protocol": "https"})
    rehearsal.results[CENTRE][("conference", CODEC)].append(ends)
    rehearsal.pass_minutes(1)

    assert rehearsal.why(CODEC) == ["certificate_ends"]


def test_a_room_that_nobody_answered_for_is_not_checked(rehearsal: Rehearsal):
    rehearsal.rooms = {}
    point = rehearsal.points()[CODEC]

    assert (point.state, point.waits_for_room) == (PointState.NOT_CHECKED, True)


def test_a_broken_microphone_is_not_ready(rehearsal: Rehearsal):
    ticks = {**confirmed(START).ticks, Part.MICROPHONE: Tick(is_good=False, at=rehearsal.now)}
    rehearsal.rooms[CODEC] = Room(ticks)
    (reason,) = rehearsal.points()[CODEC].reasons

    assert sentence(reason, "vi") == "Phòng họp báo hỏng: micro."


def test_ticks_of_the_day_before_last_are_over(rehearsal: Rehearsal):
    rehearsal.rooms[CODEC] = confirmed(BEGINS - 27 * 3_600)

    assert rehearsal.why(CODEC) == ["room_unconfirmed"]


def test_a_point_that_is_not_in_use_is_not_checked(rehearsal: Rehearsal):
    site = rehearsal.inventory.sites["xa-a"]
    retired = msgspec.structs.replace(site.conference_points[0], lifecycle=Lifecycle.RETIRED)
    rehearsal.inventory = with_site(rehearsal.inventory, "xa-a", conference_points=(retired,))

    assert rehearsal.why(CODEC) == ["point_not_in_use"]
    assert rehearsal.states()[CODEC] == "not_checked"


def test_every_aspect_is_said_in_both_languages(rehearsal: Rehearsal):
    for point in rehearsal.points().values():
        for aspect in point.aspects:
            assert sentence(aspect, "vi") != sentence(aspect, "en")
