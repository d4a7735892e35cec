"""From verdict to mailbox with real parts: Prometheus, Alertmanager, a mail server, a webhook."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest

from collector.alerts.told import Teller
from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict import coverage
from collector.verdict.shared.records import Event
from collector.verdict.verdicts import EvidenceNote, SiteVerdict, Verdicts
from inventory.load import load
from inventory.model import Contact, Inventory
from tests.e2e.alert_chain import (
    Exposed,
    Hook,
    Mailbox,
    alertmanager_config,
    answers,
    prometheus_config,
    wait,
)

StartProgram = Callable[[Sequence[str], Callable[[], bool]], None]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/alerts"
AT = 1_790_000_000.0
DUTY = "truc-tinh@lamdong.example"
QUIET_SECONDS = 8.0
"""Longer than an alert waits and its group: what is not there then does not come."""


@dataclass
class Chain:
    """The running parts."""

    province: Inventory
    exposed: Exposed
    mailbox: Mailbox
    hook: Hook
    prometheus: str
    alertmanager: str

    def expose(self, *down: SiteVerdict, events: tuple[Event, ...] = ()) -> None:
        """Let the collector have judged so: these sites are down, all others are up."""
        verdicts = Verdicts(
            AT,
            {site: SiteVerdict(site, "up", None, AT, AT, (), 0.0) for site in self.province.sites}
            | {one.site: one for one in down},
            {},
            frozenset(),
            events,
        )
        state = State(Targets(self.province), {})
        known = coverage.measure(self.province, (), state, AT)
        told = Teller().tell(self.province, verdicts)
        own = SelfMetrics("test")
        own.verdict_at.set(1e12)  # Judged just now, whenever Prometheus asks.
        text = Exposition(state, own).stream(verdicts, known, Part.VERDICTS, told)
        self.exposed.text = b"".join(text).decode()


@pytest.fixture
def province() -> Inventory:
    """Return the shipped province with a number to call at one commune."""
    shipped = load(ROOT / "inventory.yaml")
    site = msgspec.structs.replace(
        shipped.sites["duc-trong"],
        contacts=(Contact(role="Văn phòng UBND xã", telephone="0263 000 001"),),
    )
    return msgspec.structs.replace(shipped, sites=shipped.sites | {"duc-trong": site})


@pytest.fixture
def chain(
    province: Inventory,
    tmp_path: Path,
    free_port: Callable[[], int],
    own_program: StartProgram,
) -> Iterator[Chain]:
    exposed, hook, mailbox = Exposed(), Hook(), Mailbox(free_port())
    prometheus, alertmanager = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    running = Chain(province, exposed, mailbox, hook, prometheus, alertmanager)
    running.expose()
    try:
        own_program(
            [
                "prometheus-alertmanager",
                f"--config.file={alertmanager_config(tmp_path, mailbox, hook)}",
                f"--storage.path={tmp_path / 'alertmanager'}",
                f"--web.listen-address={alertmanager.removeprefix('http://')}",
                "--cluster.listen-address=",
                "--log.level=warn",
            ],
            answers(f"{alertmanager}/-/ready"),
        )
        own_program(
            [
                "prometheus",
                f"--config.file={prometheus_config(tmp_path, exposed.url, alertmanager)}",
                f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                f"--web.listen-address={prometheus.removeprefix('http://')}",
                "--log.level=warn",
            ],
            answers(f"{prometheus}/-/ready"),
        )
        yield running
    finally:
        mailbox.close()
        hook.close()
        exposed.close()


def down(site: str, cause: str = "undetermined") -> SiteVerdict:
    notes = (EvidenceNote("agents_silent", (AT - 60,)), EvidenceNote("target_silent", (1, AT)))
    return SiteVerdict(site, "down", cause, AT, AT - 60, notes, 0.0)


def as_text(mail: EmailMessage) -> str:
    """Return what a person sees of a mail, without the times of this test run."""
    plain = mail.get_body(("plain",))
    assert plain is not None
    text = f"Subject: {mail['Subject']}\nTo: {mail['To']}\n\n{plain.get_content()}"
    text = text.replace("\r\n", "\n")
    return re.sub(r"hết lúc \d\d:\d\d ngày \d\d/\d\d/\d{4}", "hết lúc HH:MM ngày DD/MM/YYYY", text)


def test_a_silent_site_is_one_mail_that_says_what_to_do_and_one_that_it_is_over(
    chain: Chain, golden: Callable[[Path, str], None]
) -> None:
    chain.expose(down("duc-trong"))

    wait("a mail of the site", lambda: bool(chain.mailbox.to(DUTY)))
    golden(GOLDEN / "mail_site_down.txt", as_text(chain.mailbox.to(DUTY)[0]))
    page = chain.mailbox.to(DUTY)[0].get_body(("html",))
    assert page is not None
    assert "Trụ sở UBND xã Đức Trọng mất liên lạc</h2>" in page.get_content()
    # The officer of that part of the province is told too, and the webhook with all annotations.
    wait("the part's mail", lambda: bool(chain.mailbox.to("dau-moi-da-lat@lamdong.example")))
    assert [] == chain.mailbox.to("dau-moi-phan-thiet@lamdong.example")
    wait("the webhook", lambda: bool(chain.hook.posted))
    path, posted = chain.hook.posted[0]
    assert ("/truc-tinh", "firing") == (path, posted["status"])
    annotations = posted["alerts"][0]["annotations"]
    assert "Gọi đơn vị hỏi có điện không." in annotations["advice"]
    assert "0263 000 001" in annotations["call"]

    chain.expose()

    wait("a mail that it is over", lambda: len(chain.mailbox.to(DUTY)) == 2)
    golden(GOLDEN / "mail_site_up.txt", as_text(chain.mailbox.to(DUTY)[1]))


def test_a_storm_is_one_mail_and_none_for_its_sites(
    chain: Chain, golden: Callable[[Path, str], None]
) -> None:
    area = sorted(site.id for site in chain.province.sites.values() if site.power_area == "da-lat")
    storm = Event("e-1790000000", AT, None, "power", "", "da-lat", tuple(area))

    chain.expose(*(down(site, "power") for site in area), events=(storm,))

    wait("a mail of the storm", lambda: bool(chain.mailbox.to(DUTY)))
    golden(GOLDEN / "mail_storm.txt", as_text(chain.mailbox.to(DUTY)[0]))
    with pytest.raises(AssertionError, match="a second mail"):
        wait("a second mail", lambda: len(chain.mailbox.mails) > 1, QUIET_SECONDS)


def test_the_end_of_the_collector_is_not_told_as_the_end_of_outages(chain: Chain) -> None:
    chain.expose(down("duc-trong"))
    wait("a mail of the site", lambda: bool(chain.mailbox.to(DUTY)))
    wait("the mail of the part", lambda: len(chain.mailbox.mails) == 2)

    chain.exposed.close()

    admin = "quan-tri@lamdong.example"
    wait("the mail that the collector is gone", lambda: bool(chain.mailbox.to(admin)))
    assert "[Khẩn] Trung tâm giám sát govnet" in str(chain.mailbox.to(admin)[0]["Subject"])
    with pytest.raises(AssertionError, match="a mail that the site is back"):
        wait(
            "a mail that the site is back",
            lambda: len(chain.mailbox.to(DUTY)) > 1,
            QUIET_SECONDS,
        )
