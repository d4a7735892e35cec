"""From verdict to mailbox with real parts: Prometheus, Alertmanager, a mail server, a webhook."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.alerts import digest
from collector.alerts.alertmanager import firing
from collector.alerts.daily import send
from collector.alerts.options import Alerts
from collector.alerts.told import Teller
from collector.doctor.looking import alertmanager as doctor
from collector.http_access import Service
from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict import coverage
from collector.verdict.outages.records import Outage, Phase
from collector.verdict.shared.records import Event
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote, SiteVerdict, Verdicts
from govnet.errors import GovnetError
from inventory.load import load
from inventory.model import Contact, Inventory
from tests.e2e.alert_chain import (
    Exposed,
    Hook,
    Mailbox,
    StartProgram,
    as_text,
    free_port,
    start_alertmanager,
    start_programs,
    wait,
)

pytestmark = pytest.mark.e2e

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
            {site: SiteVerdict(site, "up", None, AT, AT, ()) for site in self.province.sites}
            | {one.site: one for one in down},
            {},
            frozenset(),
            events,
        )
        state = State(Targets(self.province), {})
        known = coverage.measure(self.province, (), state, AT)
        told = Teller().tell(self.province, verdicts)
        own = SelfMetrics("test")
        own.reload_successful.set(1)
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
def mailbox() -> Iterator[Mailbox]:
    with closing(Mailbox(free_port())) as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Hook]:
    with closing(Hook()) as opened:
        yield opened


@pytest.fixture
def chain(
    province: Inventory, tmp_path: Path, own_program: StartProgram, mailbox: Mailbox, hook: Hook
) -> Iterator[Chain]:
    with closing(Exposed()) as exposed:
        addresses = start_programs(own_program, tmp_path, exposed.url, mailbox, hook)
        running = Chain(province, exposed, mailbox, hook, *addresses)
        running.expose()
        yield running


def down(site: str, cause: str = "undetermined") -> SiteVerdict:
    notes = (EvidenceNote("agents_silent", (AT - 60,)), EvidenceNote("target_silent", (1, AT)))
    return SiteVerdict(site, "down", cause, AT, AT - 60, notes)


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
    # Prometheus looks at the site, then at its explanation. What a scrape in between has ended,
    # the mail cannot say: it tells since when the alert was there.
    over = as_text(chain.mailbox.to(DUTY)[1]).replace("(từ GIỜ,", "(từ 21:13 ngày 21/09/2026,")
    golden(GOLDEN / "mail_site_up.txt", over)


def test_names_and_contacts_are_text_in_the_mail_whatever_they_hold(chain: Chain) -> None:
    site = msgspec.structs.replace(
        chain.province.sites["duc-trong"],
        name="<script>alert(1)</script>{{ .GroupLabels }}",
        contacts=(Contact(role="<img src=x onerror=alert(2)>", telephone="=1+1"),),
    )
    sites = chain.province.sites | {"duc-trong": site}
    chain.province = msgspec.structs.replace(chain.province, sites=sites)

    chain.expose(down("duc-trong"))

    wait("a mail of the site", lambda: bool(chain.mailbox.to(DUTY)))
    mail = chain.mailbox.to(DUTY)[0]
    page, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert page is not None
    assert text is not None
    shown = page.get_content()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ .GroupLabels }} mất liên lạc</h2>" in shown
    assert "&lt;img src=x onerror=alert(2)&gt;" in shown
    assert not re.search(r"<(script|img)", shown)
    assert "<script>alert(1)</script>{{ .GroupLabels }} mất liên lạc" in text.get_content()


def test_a_storm_is_one_mail_and_none_for_its_sites(
    chain: Chain, golden: Callable[[Path, str], None]
) -> None:
    area = sorted(site.id for site in chain.province.sites.values() if site.power_area == "da-lat")
    sites = tuple(area)
    storm = Event("e-1790000000", AT, None, "power", "", "da-lat", sites, silent=sites)

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


def test_the_digest_is_a_mail_to_those_who_read_it(
    chain: Chain, golden: Callable[[Path, str], None]
) -> None:
    silent = outages_of(chain.province, "duc-trong", "d-ran")

    send(Service(chain.alertmanager), digest.build(chain.province, silent, AT), time.time())

    leader = "lanh-dao@lamdong.example"
    wait("the digest", lambda: bool(chain.mailbox.to(leader)))
    golden(GOLDEN / "mail_digest.txt", as_text(chain.mailbox.to(leader)[0]))
    page = chain.mailbox.to(leader)[0].get_body(("html",))
    assert page is not None
    assert "<h2" in page.get_content()


def outages_of(province: Inventory, *sites: str) -> list[digest.Known]:
    assert set(sites) <= set(province.sites)
    phases = (Phase(AT, None, "undetermined"),)
    return [
        digest.Known(Outage(number, site, site, SpanKind.SITE, AT, None, 1, phases))
        for number, site in enumerate(sites, start=1)
    ]


PASSWORD = "khong-phai-bi-mat"
BCRYPT = "$2b$05$abcdefghijklmnopqrstuuUU9uHSimBjF2Bvls67bFPOl7Q3/H8GK"
"""Of that password, as Alertmanager wants it."""


def test_an_alertmanager_that_wants_a_sign_in_gets_it_from_the_options(
    tmp_path: Path, own_program: StartProgram, mailbox: Mailbox, hook: Hook
) -> None:
    (tmp_path / "web.yml").write_text(f"basic_auth_users: {{govnet: '{BCRYPT}'}}\n")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    (tmp_path / "another").write_text("another\n")
    url, sign_in = f"http://127.0.0.1:{free_port()}", f"--web.config.file={tmp_path / 'web.yml'}"
    start_alertmanager(own_program, tmp_path, mailbox, hook, url, sign_in)
    right = Alerts(
        alertmanager_url=url, username="govnet", password_file=str(tmp_path / "password")
    )
    wrong = msgspec.structs.replace(right, password_file=str(tmp_path / "another"))
    made = digest.build(load(ROOT / "inventory.yaml"), [], AT)
    assert right.alertmanager is not None
    assert wrong.alertmanager is not None

    send(right.alertmanager, made, time.time())

    assert [alert["labels"]["day"] for alert in firing(right.alertmanager, "GovnetDigest")] == [
        made.day
    ]
    with pytest.raises(GovnetError, match="answered 401"):
        send(wrong.alertmanager, made, time.time())
    assert doctor.look(url, right).trouble == ""
    for access in (wrong, None):
        assert "sai hoặc thiếu token, mật khẩu" in doctor.look(url, access).trouble


@dataclass
class Whole:
    """A real collector with everything behind it."""

    collector: Any
    mailbox: Mailbox
    hook: Hook
    addresses: tuple[str, str]

    def test(self, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run `govnet alerts test`."""
        prometheus, alertmanager = self.addresses
        return subprocess.run(
            [
                *(sys.executable, "-m", "collector.cli", "alerts", "test"),
                *("--data", str(self.collector.data), "--timeout", str(seconds)),
                *("--prometheus-url", prometheus, "--alertmanager-url", alertmanager),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=120,
        )


@pytest.fixture
def whole(
    collector_process: Callable[..., Any],
    tmp_path: Path,
    own_program: StartProgram,
    mailbox: Mailbox,
    hook: Hook,
) -> Whole:
    collector = collector_process()
    url = "http://{}:{}".format(*collector.address)
    addresses = start_programs(own_program, tmp_path, url, mailbox, hook)
    return Whole(collector, mailbox, hook, addresses)


def test_a_test_alert_is_followed_to_mail_and_webhook(whole: Whole) -> None:
    done = whole.test(60)

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    told = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in told[1:5]] == [
        "1/4 collector",
        "2/4 Prometheus",
        "3/4 Alertmanager",
        "4/4 receivers",
    ]
    assert told[3] == "3/4 Alertmanager: has it, for thu"
    assert told[4] == "4/4 receivers: taken by email, webhook"
    (mail,) = whole.mailbox.to(DUTY)
    assert "Thử chuỗi cảnh báo, không phải sự cố" == mail["Subject"]
    assert whole.hook.posted[0][1]["alerts"][0]["labels"]["alertname"] == "GovnetAlertTest"


def test_a_test_alert_that_a_receiver_does_not_take_tells_where_it_is_stuck(whole: Whole) -> None:
    whole.mailbox.close()

    done = whole.test(20)

    assert done.returncode == 1
    assert "4/4 receivers: STUCK: a receiver did not take it" in done.stdout
    assert "email" in done.stdout


def test_a_second_host_mails_that_the_collector_is_gone_and_that_it_is_back(
    whole: Whole, tmp_path: Path
) -> None:
    """The heartbeat of Prometheus is there all the time: only the collector goes."""
    alertmanager = whole.addresses[1]
    held = Service(alertmanager)
    admin = "quan-tri@lamdong.example"

    def watch() -> int:
        return subprocess.run(
            [
                *(sys.executable, "-m", "collector.cli", "watch", "--patience", "0"),
                *("--collector-url", "http://{}:{}".format(*whole.collector.address)),
                *("--alertmanager-url", alertmanager, "--state", str(tmp_path / "watch.json")),
                *("--mail-to", admin, "--smtp", f"127.0.0.1:{whole.mailbox.port}"),
            ],
            check=False,
            cwd=ROOT,
            timeout=60,
        ).returncode

    def mails() -> list[EmailMessage]:
        return [mail for mail in whole.mailbox.to(admin) if mail["From"] == admin]

    wait("the heartbeat", lambda: bool(firing(held, "GovnetWatchdog")))
    assert (0, []) == (watch(), mails())

    whole.collector.kill()
    assert 1 == watch()
    (mail,) = mails()
    assert "[Khẩn] Hệ thống giám sát mạng không hoạt động" == mail["Subject"]
    assert "- Trung tâm giám sát: không trả lời (ConnectionError)." in mail.get_content()
    assert "Alertmanager" not in mail.get_content().partition("Việc cần làm")[0]

    whole.collector.start()
    assert 0 == watch()
    assert "[Hết] Hệ thống giám sát mạng đã hoạt động lại" == mails()[1]["Subject"]
