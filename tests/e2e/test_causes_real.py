"""Five faults from the wire to the mailbox: believed at once, mailed, and known better afterwards.

Everything is real: agents and lines (`tests.e2e.causes_network`), collector, Prometheus with the
shipped rules, Alertmanager with the shipped templates (`tests.e2e.causes_province`).
"""

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.causes_inventory import PLACES
from tests.e2e.causes_network import UPLINK, line, office
from tests.e2e.causes_province import DUTY, Province, readable

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

GOLDEN = Path(__file__).parents[1] / "golden/alerts"
SITES = tuple(place.name for place in PLACES)

Golden = Callable[[Path, str], None]


class Post:
    """The mails that one test brings about."""

    def __init__(self, province: Province) -> None:
        self._province = province
        self._before = len(province.mails())

    def all(self) -> list[EmailMessage]:
        """Return them in order."""
        return self._province.mails()[self._before :]

    def next(self, what: str, number: int = 1) -> EmailMessage:
        """Wait for the mail of that number, which the duty officer gets; return it."""
        self._province.wait(f"a mail: {what}", lambda: len(self.all()) >= number, 120)
        mail = self.all()[number - 1]
        assert DUTY in str(mail["To"])
        return mail

    def subjects(self) -> list[str]:
        """Return what they are about."""
        return [str(mail["Subject"]) for mail in self.all()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    province = Province(tmp_path_factory.mktemp("province"))
    try:
        province.start()
        yield province
    finally:
        province.close()


@pytest.fixture
def province(running: Province) -> Iterator[Province]:
    """Give the province with nothing wrong in it; what the test broke is whole again afterwards."""
    running.wait("peace", lambda: is_well(running), 120)
    yield running
    running.heal()


@pytest.fixture
def post(province: Province) -> Post:
    return Post(province)


def is_well(province: Province) -> bool:
    states = province.states()
    return (
        len(states) == len(SITES) + 1
        and set(states.values()) == {"up"}
        and not province.alerts()
        and province.measuring() == len(province.computers)
    )


def wait_for_cause(province: Province, site: str, cause: str) -> dict[str, Any]:
    """Wait until the site's last outage is over and has that cause; return it with its beliefs."""

    def is_known() -> bool:
        found = province.outages(site)
        return bool(found) and found[0]["outage"]["cause"] == cause

    province.wait(f"{cause} as the cause of the outage of {site}", is_known, 120)
    found = province.outages(site)[0]
    assert found["outage"]["ended_at"] is not None
    return found


def causes_believed(outage: dict[str, Any]) -> list[str]:
    """Return what was believed in turn, of several causes the last, what stays the same once."""
    causes = [belief["causes"][-1] for belief in outage["beliefs"]]
    return [cause for before, cause in pairwise([None, *causes]) if cause != before]


def test_a_fiber_cut_is_undetermined_until_those_behind_it_report_that_they_had_power(
    province: Province, post: Post, golden: Golden
) -> None:
    province.wires.cut(line("suoi-can"))

    down = post.next("the site is down")
    assert province.states()["suoi-can"] == "down undetermined"
    golden(GOLDEN / "mail_fiber_cut.txt", readable(down))

    province.wires.mend(line("suoi-can"))

    over = post.next("it is over", 2)
    golden(GOLDEN / "mail_fiber_mended.txt", readable(over))
    found = wait_for_cause(province, "suoi-can", "link")
    assert causes_believed(found) == ["undetermined", "link"]
    assert len(post.all()) == 2, post.subjects()


def test_a_power_cut_is_known_as_one_when_the_machines_run_again(
    province: Province, post: Post, golden: Golden
) -> None:
    for machine in province.machines_of("doi-thong"):
        province.computers[machine].lose_power()
    province.wires.cut(line("doi-thong"), office("doi-thong"))

    down = post.next("the site is down")
    assert province.states()["doi-thong"] == "down undetermined"
    golden(GOLDEN / "mail_power_cut.txt", readable(down))

    province.wires.mend(line("doi-thong"), office("doi-thong"))
    for machine in province.machines_of("doi-thong"):
        province.switch_on(machine)

    post.next("it is over", 2)
    found = wait_for_cause(province, "doi-thong", "power")
    assert causes_believed(found) == ["undetermined", "power"]
    assert len(post.all()) == 2, post.subjects()


def test_a_dead_lan_behind_a_router_that_answers_is_no_fault_of_the_line(
    province: Province, post: Post, golden: Golden
) -> None:
    province.wires.cut(office("ben-da"))

    degraded = post.next("the office is silent")
    assert province.states()["ben-da"] == "degraded undetermined"
    golden(GOLDEN / "mail_lan_fault.txt", readable(degraded))

    province.wires.mend(office("ben-da"))

    post.next("it is over", 2)
    found = wait_for_cause(province, "ben-da", "lan")
    assert found["outage"]["is_found_late"]
    assert len(post.all()) == 2, post.subjects()


def test_a_backlog_corrects_the_cause_for_everybody_and_pages_nobody(
    province: Province, post: Post, golden: Golden
) -> None:
    province.wires.cut(line("thac-bac"))
    post.next("the site is down")
    province.wait("the outage is saved", lambda: bool(province.outages("thac-bac")))
    believed = province.outages("thac-bac")[0]["outage"]
    assert (believed["cause"], believed["ended_at"]) == ("undetermined", None)

    province.wires.mend(line("thac-bac"))

    post.next("it is over", 2)
    found = wait_for_cause(province, "thac-bac", "link")
    assert found["outage"]["number"] == believed["number"]
    assert causes_believed(found) == ["undetermined", "link"]
    told = [one for one in province.metrics() if one.startswith("govnet_outage_info{")]
    assert [one for one in told if f'"{believed["number"]}"' in one and 'cause="link"' in one], told
    assert len(post.all()) == 2, post.subjects()

    province.send_digest()

    digest = readable(post.next("the digest", 3)).splitlines()
    own = [text for text in digest if text.startswith("- Trụ sở UBND xã Thác Bạc:")]
    assert "không phải mất điện" in own[-1]
    # Which report spoke first, and how long it took, is chance.
    steady = [re.sub(r"vì: .*", "vì: …", re.sub(r"sau [^,]+,", "sau …,", text)) for text in own]
    golden(GOLDEN / "mail_digest_corrected.txt", "".join(f"{text}\n" for text in steady))


def test_a_centre_that_lost_its_uplink_is_one_mail_and_none_for_its_sites(
    province: Province, post: Post, golden: Golden
) -> None:
    province.wires.cut(UPLINK)

    event = post.next("the centre is suspected")
    province.wait(
        "every site is believed to be down",
        lambda: {province.states().get(site) for site in SITES} == {"down centre"},
    )
    golden(GOLDEN / "mail_centre_lost.txt", readable(event))

    province.wires.mend(UPLINK)

    post.next("it is over", 2)
    for site in SITES:
        wait_for_cause(province, site, "centre")
    assert len(post.all()) == 2, post.subjects()
