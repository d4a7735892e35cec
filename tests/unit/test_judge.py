"""Sites, links, points, services and machines are judged from evidence, at given times."""

from collections.abc import Callable

import msgspec
import pytest

from collector.series.labels import Targets
from collector.series.state import AgentLive
from collector.verdict.lastseen import Evidence
from collector.verdict.oldjudge import judge
from collector.verdict.verdicts import Condition, Verdicts
from collector.wire import AgentIdentity, Received
from inventory.model import Device, DeviceKind, Inventory, Lifecycle, Machine
from inventory.separable import is_blind

START = 1_790_000_000.0
CENTRE = "trung-tam/giam-sat"
RETIRED_PC = Machine(id="xa-a/pc-1", profile="pc", lifecycle=Lifecycle.RETIRED)
REACHABLE = "govnet_link_reachable"
ANSWERS = [("govnet_target_reachable", 1.0)]
SILENT = [("govnet_target_reachable", 0.0)]


class Province:
    """The pure parts with a clock that only moves when told; the centre looks at a, b and c."""

    def __init__(self, inventory: Inventory, received: Callable[..., Received]) -> None:
        self.inventory = inventory
        self.evidence = Evidence(Targets(inventory), START)
        self.received = received
        self.now = START
        self.verdicts: Verdicts | None = None

    def hear(self, machine: str, results: object = None, **more: object) -> None:
        self.evidence.apply(self.received(machine, self.now, results, **more))

    def look(self, **answers: bool) -> None:
        """Let the centre's agent report whether routers answer, by commune letter."""
        self.hear(
            CENTRE,
            {
                ("always_on", f"xa-{letter}/cpe"): ANSWERS if answer else SILENT
                for letter, answer in answers.items()
            },
        )

    def judge(self) -> Verdicts:
        self.verdicts = judge(self.inventory, self.evidence, self.now, self.verdicts)
        return self.verdicts

    def status(self, site: str) -> str:
        return self.judge().sites[site].status

    def item(self, item: str) -> str:
        return self.judge().items[item].status

    def codes(self, site: str) -> list[str]:
        return [note.code for note in self.judge().sites[site].evidence]


@pytest.fixture
def province(small_province: Inventory, received: Callable[..., Received]) -> Province:
    return Province(small_province, received)


def settled(province: Province) -> None:
    """Pass the first three intervals, in which silence says nothing, with a, b and c alive."""
    province.judge()
    province.now = START + 200
    for letter in "abc":
        province.hear(f"xa-{letter}/pc-1")
    province.look(a=True, b=True, c=True)
    province.judge()


def test_a_silent_site_is_down_within_three_intervals(province: Province) -> None:
    settled(province)
    province.now += 60
    province.look(a=True, b=False, c=True)
    assert province.status("xa-b") == "degraded"

    province.now += 119.9
    province.look(a=True, b=False, c=True)
    assert province.status("xa-b") == "degraded"
    province.now += 0.2

    verdict = province.judge().sites["xa-b"]
    assert (verdict.status, verdict.cause) == ("down", "undetermined")
    assert (verdict.since, verdict.last_sign_at) == (province.now, START + 200)
    assert province.codes("xa-b") == ["agents_silent", "target_silent"]


def test_a_site_comes_back_with_its_first_report(province: Province) -> None:
    settled(province)
    province.now += 300
    province.look(a=True, b=False, c=True)
    assert province.status("xa-b") == "down"

    province.now += 1
    province.hear("xa-b/pc-1")
    province.look(a=True, b=True, c=True)

    verdict = province.judge().sites["xa-b"]
    assert (verdict.status, verdict.cause, verdict.since) == ("up", None, province.now)


def test_since_stays_while_the_status_stays(province: Province) -> None:
    settled(province)
    province.now += 300
    province.look(b=False)
    since = province.judge().sites["xa-b"].since
    province.now += 100
    province.look(b=False)

    assert province.judge().sites["xa-b"].since == since


def test_a_site_whose_always_on_target_answers_is_up_without_any_agent(province: Province) -> None:
    settled(province)
    province.now += 10_000
    province.look(b=True)

    assert province.status("xa-b") == "up"
    assert province.codes("xa-b") == ["agents_silent", "target_answers"]


def test_a_site_whose_conference_point_answers_the_centre_is_not_down(province: Province) -> None:
    settled(province)
    province.now += 10_000
    answer = [("govnet_point_reachable", 1.0, {"protocol": "sip_udp"})]
    province.hear(
        CENTRE, {("conference", "xa-a/diem-cau"): answer, ("always_on", "xa-a/cpe"): SILENT}
    )

    assert province.status("xa-a") == "up"


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
    site = small_province.sites["xa-b"]
    switch_of_site = Device(
        id="xa-b/sw", kind=DeviceKind.SWITCH, address="198.18.1.2", always_on=True
    )
    site = msgspec.structs.replace(site, links=(), devices=(*site.devices, switch_of_site))
    sites = small_province.sites | {"xa-b": site}
    province = Province(msgspec.structs.replace(small_province, sites=sites), received)
    province.judge()
    province.now += 200
    province.hear(CENTRE, {("always_on", "xa-b/cpe"): router, ("always_on", "xa-b/sw"): switch})

    assert province.status("xa-b") == expected
    assert province.codes("xa-b")[-1] == code


def test_an_old_answer_of_one_item_does_not_hide_that_the_other_is_silent_now(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    site = small_province.sites["xa-b"]
    switch = Device(id="xa-b/sw", kind=DeviceKind.SWITCH, address="198.18.1.2", always_on=True)
    site = msgspec.structs.replace(site, devices=(*site.devices, switch))
    sites = small_province.sites | {"xa-b": site}
    province = Province(msgspec.structs.replace(small_province, sites=sites), received)
    province.judge()
    province.hear(CENTRE, {("always_on", "xa-b/cpe"): ANSWERS})
    answered_at = province.now
    province.now += 181
    province.hear(CENTRE, {("always_on", "xa-b/sw"): SILENT})

    verdict = province.judge().sites["xa-b"]
    assert (verdict.status, verdict.last_sign_at) == ("down", answered_at)


def test_what_the_centre_sees_of_a_link_says_nothing_about_its_site(province: Province) -> None:
    settled(province)
    province.now += 300
    path = {("link", "xa-b/tslcd"): [(REACHABLE, 1.0, {"end": "site"})]}
    province.hear(CENTRE, path | {("always_on", "xa-b/cpe"): SILENT})

    assert province.status("xa-b") == "down"
    assert province.item("xa-b/tslcd") == "up"


def test_a_blind_site_whose_pcs_are_switched_off_is_unknown(province: Province) -> None:
    """In the evening its PCs are rightly off, and nobody can look."""
    site = province.inventory.sites["xa-f"]
    assert is_blind(site)
    province.judge()
    province.hear("xa-f/pc-1")
    assert province.status("xa-f") == "up"
    province.now += 181

    verdict = province.judge().sites["xa-f"]
    assert (verdict.status, verdict.cause) == ("unknown", None)
    assert province.codes("xa-f") == ["agents_silent", "centre_cannot_look"]


@pytest.fixture
def with_server(small_province: Inventory, received: Callable[..., Received]) -> Province:
    """Give the blind site a server with an agent."""
    server = Machine(id="xa-f/may-chu", profile="server")
    site = msgspec.structs.replace(small_province.sites["xa-f"], machines=(server,))
    sites = small_province.sites | {"xa-f": site}
    return Province(msgspec.structs.replace(small_province, sites=sites), received)


def test_a_blind_site_whose_server_fell_silent_is_down(with_server: Province) -> None:
    province = with_server
    province.judge()
    heard_at = province.now
    province.hear("xa-f/may-chu")
    assert province.status("xa-f") == "up"
    province.now += 181

    verdict = province.judge().sites["xa-f"]
    assert (verdict.status, verdict.last_sign_at) == ("down", heard_at)
    assert province.codes("xa-f")[:3] == ["agents_silent", "centre_cannot_look", "server_silent"]


def test_one_pc_of_three_going_silent_changes_nothing(province: Province) -> None:
    settled(province)
    for machine in ("xa-b/pc-1", "xa-b/pc-2", "xa-b/pc-3"):
        province.hear(machine)
    province.now += 200
    for machine in ("xa-b/pc-1", "xa-b/pc-2"):
        province.hear(machine)
    province.look(b=True)

    assert province.status("xa-b") == "up"
    assert province.item("xa-b/pc-3") == "unknown"


def test_silence_says_nothing_in_the_first_three_intervals(province: Province) -> None:
    province.look(b=False)
    assert {v.status for v in province.judge().sites.values()} == {"up", "unknown", "exempt"}
    assert province.codes("xa-b")[-1] == "watched_since"

    province.now += 181
    province.look(b=False)

    assert province.status("xa-b") == "down"
    assert province.status("xa-f") == "never_seen"
    assert province.status("xa-g") == "exempt"


def test_a_site_remembered_from_before_a_restart_is_not_never_seen(province: Province) -> None:
    identity = AgentIdentity("f", "xa-f", "xa-f/pc-1")
    province.evidence.remember(
        AgentLive(identity, "0" * 16, 5, START - 500, START - 500, 60.0, 0.0)
    )
    assert province.status("xa-f") == "unknown"
    province.now += 181

    verdict = province.judge().sites["xa-f"]
    assert (verdict.status, verdict.last_sign_at) == ("unknown", START - 500)


def restarted(province: Province, verdicts: Verdicts) -> Province:
    """Return the province after ten minutes without collector; nothing but verdicts is left."""
    after = Province(province.inventory, province.received)
    after.now = province.now + 600
    after.evidence = Evidence(Targets(province.inventory), after.now)
    after.verdicts = verdicts
    return after


def test_a_restart_neither_ends_nor_renews_what_was_judged(with_server: Province) -> None:
    province = with_server
    settled(province)
    province.hear("xa-f/may-chu")
    province.look(a=True, b=True, c=True)
    province.now += 200
    province.look(a=True, b=False, c=True)
    before = province.judge()
    assert (before.sites["xa-b"].status, before.sites["xa-c"].status) == ("down", "up")
    assert before.items["xa-f/may-chu"].status == "unreachable"

    after = restarted(province, before)
    for _ in range(2):
        verdicts = after.judge()
        for site in ("xa-a", "xa-b", "xa-c", "xa-f"):
            known, now = before.sites[site], verdicts.sites[site]
            assert (now.status, now.cause) == (known.status, known.cause), site
            assert (now.since, now.last_sign_at) == (known.since, known.last_sign_at)
            assert now.watched_since == known.watched_since
        # Machines known by their reports alone come back with what is saved of those.
        assert verdicts.items.items() <= before.items.items()
        after.now += 180

    after.look(a=True, b=False, c=False)
    verdicts = after.judge()
    assert verdicts.sites["xa-a"].status == "up"
    assert verdicts.sites["xa-b"].since == before.sites["xa-b"].since
    assert (verdicts.sites["xa-c"].status, verdicts.sites["xa-c"].since) == ("down", after.now)


def test_evidence_decides_at_once_after_a_restart(province: Province) -> None:
    settled(province)
    province.now += 300
    province.look(b=False)
    after = restarted(province, province.judge())
    assert after.status("xa-b") == "down"
    after.hear("xa-b/pc-1")

    verdict = after.judge().sites["xa-b"]
    assert (verdict.status, verdict.cause, verdict.since) == ("up", None, after.now)


def test_an_exemption_that_ended_during_a_restart_is_not_held(province: Province) -> None:
    settled(province)
    after = restarted(province, province.judge())
    site = msgspec.structs.replace(after.inventory.sites["xa-g"], lifecycle=Lifecycle.ACTIVE)
    sites = after.inventory.sites | {"xa-g": site}
    after.inventory = msgspec.structs.replace(after.inventory, sites=sites)

    assert after.status("xa-g") == "unknown"


def test_a_site_that_nobody_looks_at_any_more_is_unknown(province: Province) -> None:
    settled(province)
    province.now += 10_000

    assert province.status("xa-b") == "unknown"
    assert province.codes("xa-b") == ["agents_silent", "centre_last_looked"]


def test_an_agent_cannot_testify_for_another_site(province: Province) -> None:
    settled(province)
    province.now += 300
    lie = {("always_on", "xa-b/cpe"): ANSWERS}
    province.look(b=False)
    province.hear("xa-c/pc-1", lie)

    assert province.status("xa-b") == "down"


def test_when_most_sites_vanish_together_the_centre_is_suspected(province: Province) -> None:
    settled(province)
    province.now += 200
    province.look(a=False, b=False, c=False)

    verdicts = province.judge().sites
    assert {verdicts[f"xa-{x}"].cause for x in "abc"} == {"centre"}
    assert province.codes("xa-a")[-1] == "many_at_once"

    province.now += 5_000
    province.look(a=False, b=False, c=False)
    assert province.judge().sites["xa-a"].cause == "centre"

    province.hear("xa-b/pc-1")
    province.hear("xa-c/pc-1")
    assert province.judge().sites["xa-a"].cause == "undetermined"


def test_sites_that_fell_silent_with_the_centres_agent_are_blamed_on_the_centre(
    with_server: Province,
) -> None:
    province = with_server
    settled(province)
    province.hear("xa-f/may-chu")
    province.now += 200

    verdict = province.judge().sites["xa-f"]
    assert (verdict.status, verdict.cause) == ("down", "centre")


def test_a_late_report_changes_nothing_that_is_newer(province: Province) -> None:
    settled(province)
    late = province.received("xa-b/pc-1", START - 900, received_at=province.now)
    province.now += 300
    province.look(b=False)
    province.evidence.apply(late)

    assert province.judge().sites["xa-b"].last_sign_at == START + 200


def test_a_backlog_of_a_fast_clock_cannot_turn_a_living_site_down(province: Province) -> None:
    """The centre's older reports, of a boot with a wrong clock, seem to be the latest."""
    settled(province)
    province.now += 300
    province.look(b=True)
    newest = int(province.now)
    assert province.status("xa-b") == "up"

    province.now += 1
    province.hear(CENTRE, {("always_on", "xa-b/cpe"): SILENT}, seq=newest - 1)

    assert province.status("xa-b") == "up"
    assert province.evidence.signs["trung-tam"][CENTRE].order.seq == newest


@pytest.mark.parametrize(
    ("site_end", "far_end", "heard", "expected"),
    [
        (True, True, True, "up"),
        (True, None, False, "up"),
        (True, False, True, "degraded"),
        (False, True, True, "up"),
        (False, False, True, "down"),
        (None, False, True, "down"),
        (False, None, True, "degraded"),
        (False, None, False, "down"),
        (None, None, True, "unknown"),
    ],
)
def test_a_link_is_judged_from_both_ends(
    province: Province,
    site_end: bool | None,  # noqa: FBT001 - a row of the table
    far_end: bool | None,  # noqa: FBT001 - a row of the table
    heard: bool,  # noqa: FBT001 - a row of the table
    expected: str,
) -> None:
    settled(province)
    province.hear(CENTRE, {("link", "xa-b/tslcd"): [(REACHABLE, 1.0, {"end": "site"})]})
    province.now += 300
    if site_end is not None:
        path = [(REACHABLE, float(site_end), {"end": "site"})]
        router = ANSWERS if site_end else SILENT
        province.hear(CENTRE, {("link", "xa-b/tslcd"): path, ("always_on", "xa-b/cpe"): router})
    if heard:
        own = {("link", "xa-b/tslcd"): [(REACHABLE, float(far_end or 0), {"end": "far"})]}
        province.hear("xa-b/pc-1", own if far_end is not None else None)

    assert province.item("xa-b/tslcd") == expected


def test_a_point_is_up_by_any_protocol_down_by_none_and_unreachable_with_its_site(
    province: Province,
) -> None:
    settled(province)
    assert province.item("xa-a/diem-cau") == "never_seen"
    for sip, expected in ((1.0, "up"), (0.0, "down")):
        answers = [
            ("govnet_point_reachable", 0.0, {"protocol": "h323"}),
            ("govnet_point_reachable", sip, {"protocol": "sip_udp"}),
        ]
        province.now += 1
        province.hear("xa-a/pc-1", {("conference", "xa-a/diem-cau"): answers})
        assert province.item("xa-a/diem-cau") == expected
    province.now += 300
    province.look(a=False)
    assert province.item("xa-a/diem-cau") == "unreachable"
    province.now += 1
    province.look(a=True)
    assert province.item("xa-a/diem-cau") == "unknown"


@pytest.mark.parametrize(
    ("centre", "commune", "expected"),
    [(1, 1, "up"), (1, 0, "degraded"), (0, 1, "down"), (None, 0, "degraded"), (None, 1, "up")],
)
def test_the_centre_decides_about_a_service(
    province: Province, centre: int | None, commune: int, expected: str
) -> None:
    settled(province)
    province.now += 300
    province.hear("xa-b/pc-1", {("service", "thu"): [("govnet_service_up", commune)]})
    if centre is not None:
        province.hear(CENTRE, {("service", "thu"): [("govnet_service_up", centre)]})

    assert province.item("thu") == expected


def test_without_the_centres_view_a_service_that_every_site_sees_fail_is_not_down(
    province: Province,
) -> None:
    settled(province)
    province.now += 1
    for letter in "ab":
        province.hear(f"xa-{letter}/pc-1", {("service", "thu"): [("govnet_service_up", 0.0)]})

    assert province.item("thu") == "degraded"


def test_a_check_that_could_not_measure_says_nothing(province: Province) -> None:
    settled(province)
    province.now += 1
    province.hear(CENTRE, {("service", "thu"): []}, error="không có quyền")

    assert province.item("thu") == "unknown"


def test_a_silent_pc_is_unknown_and_a_silent_server_is_down(province: Province) -> None:
    settled(province)
    province.hear("xa-a/may-chu")
    assert province.item("xa-a/pc-2") == "never_seen"
    assert province.item("xa-a/pc-mat") == "exempt"
    assert province.item("xa-a/may-chu") == "up"
    province.now += 200
    province.look(a=True)
    assert province.item("xa-a/pc-1") == "unknown"
    assert province.item("xa-a/may-chu") == "down"
    province.look(a=False)
    province.now += 1
    province.look(a=False)
    assert province.item("xa-a/may-chu") == "unreachable"


def test_a_server_without_agent_is_judged_by_what_the_centre_sees(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    site = small_province.sites["xa-a"]
    machines = tuple(
        msgspec.structs.replace(machine, always_on=True, address="198.18.1.9")
        if machine.id == "xa-a/may-chu"
        else machine
        for machine in site.machines
    )
    sites = small_province.sites | {"xa-a": msgspec.structs.replace(site, machines=machines)}
    province = Province(msgspec.structs.replace(small_province, sites=sites), received)
    province.judge()
    province.now += 200
    assert province.item("xa-a/may-chu") == "never_seen"
    for router, server, expected in (
        (ANSWERS, ANSWERS, "up"),
        (ANSWERS, SILENT, "down"),
        (SILENT, SILENT, "unreachable"),
    ):
        province.now += 1
        looks = {("always_on", "xa-a/cpe"): router, ("always_on", "xa-a/may-chu"): server}
        province.hear(CENTRE, looks)
        assert province.item("xa-a/may-chu") == expected
    province.now += 200
    assert province.item("xa-a/may-chu") == "unknown"


def test_conditions_name_what_is_wrong_with_items_that_still_work(province: Province) -> None:
    settled(province)
    gib = 2.0**30
    disks = [
        ("govnet_machine_disk_size_bytes", 100 * gib, {"disk": "C:"}),
        ("govnet_machine_disk_free_bytes", 4 * gib, {"disk": "C:"}),
    ]
    dropped = "govnet_agent_spool_dropped_reports_total"
    soon = province.now + 13 * 86_400
    expiry = "govnet_service_certificate_expiry_timestamp_seconds"
    province.hear("xa-b/pc-1", {("agent", "xa-b/pc-1"): [(dropped, 5.0)]}, skew_seconds=-301.0)
    province.now += 60
    province.hear(
        "xa-b/pc-1",
        {("machine", "xa-b/pc-1"): disks, ("agent", "xa-b/pc-1"): [(dropped, 6.0)]},
        skew_seconds=-301.0,
    )
    province.hear(CENTRE, {("service", "thu"): [("govnet_service_up", 1.0), (expiry, soon)]})

    assert province.judge().conditions == {
        Condition("xa-b", "xa-b/pc-1", "disk_full"),
        Condition("xa-b", "xa-b/pc-1", "clock_wrong"),
        Condition("xa-b", "xa-b/pc-1", "spool_dropping"),
        Condition("trung-tam", "thu", "certificate_expiring"),
    }
    province.now += 500
    assert province.judge().conditions == frozenset()


@pytest.mark.parametrize(
    ("machine", "changed"),
    [
        ("xa-a/pc-mat", {}),
        ("xa-a/pc-1", {"machines": (RETIRED_PC,)}),
        ("xa-a/pc-1", {"lifecycle": Lifecycle.EXEMPT, "exempt_reason": "trụ sở mật"}),
        ("xa-a/pc-1", None),
    ],
)
def test_what_is_not_judged_has_no_conditions(
    province: Province, machine: str, changed: dict[str, object] | None
) -> None:
    """Neither an exempt nor a retired machine, nor those of an exempt site or of one that left."""
    province.hear(machine, skew_seconds=900.0)
    sites = dict(province.inventory.sites)
    left = sites.pop("xa-a")
    if changed is not None:
        sites["xa-a"] = msgspec.structs.replace(left, **changed)
    province.inventory = msgspec.structs.replace(province.inventory, sites=sites)

    assert province.judge().conditions == frozenset()


def test_signs_and_views_of_a_site_that_left_the_inventory_are_dropped_for_good(
    province: Province,
) -> None:
    service = {("service", "thu"): [("govnet_service_up", 0.0)]}
    province.hear("xa-b/pc-1", service)
    sites = {name: site for name, site in province.inventory.sites.items() if name != "xa-b"}
    without = msgspec.structs.replace(province.inventory, sites=sites)
    province.evidence.replace_inventory(Targets(without))
    province.now += 1
    province.hear("xa-b/pc-1", service)

    assert "xa-b" not in province.evidence.signs
    assert province.evidence.views["thu"] == {}


@pytest.mark.parametrize(("size", "free"), [(1_000, 49), (100, 11), (20, 2)])
def test_a_disk_with_room_is_not_full(province: Province, size: int, free: int) -> None:
    """Given in GiB: a large disk needs 10 GiB, a small one 5 %."""
    disks = [
        ("govnet_machine_disk_size_bytes", size * 2.0**30, {"disk": "/"}),
        ("govnet_machine_disk_free_bytes", free * 2.0**30, {"disk": "/"}),
    ]
    province.hear("xa-b/pc-1", {("machine", "xa-b/pc-1"): disks})

    assert province.judge().conditions == frozenset()


def test_a_removed_agent_leaves_no_evidence(province: Province) -> None:
    settled(province)
    province.evidence.forget("xa-b/pc-1", "xa-b")

    assert "xa-b/pc-1" not in province.judge().items
