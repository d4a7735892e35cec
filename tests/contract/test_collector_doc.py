import re
from dataclasses import fields
from pathlib import Path

import pytest

from collector.alerts.options import Alerts
from collector.config import Config, CredentialsOptions
from collector.discovery.differences import NEVER_SEEN_KINDS, UNDECLARED_KINDS
from collector.history.options import DROP_REASONS, RemoteWrite
from collector.logs.options import LogOptions
from collector.readiness.options import ConferenceOptions
from collector.retention.options import Retention
from collector.retention.table import KINDS
from collector.series.state import MIN_FRESH_SECONDS, MISSED_INTERVALS
from collector.verdict.conditions import CERTIFICATE_SECONDS, CLOCK_SECONDS, DROPPING_SECONDS
from collector.verdict.evidence.latest import DISK_FULL_BYTES, DISK_FULL_RATIO
from collector.verdict.shared.causes import MANY_SITES
from collector.verdict.shared.events import STORM_SITES
from collector.verdict.site.assess import SHORT_STOP_SECONDS
from collector.verdict.site.machines import ABSENT_DAYS, GRACE_SECONDS, LOST_DAYS
from collector.verdict.site.office import QUORUM
from collector.verdict.site.seen import PROBES_MISSED
from govnet.catalogue import CONDITIONS
from govnet.settings import SnmpAccess

DISCOVERY = (Path(__file__).parents[2] / "docs" / "discovery.md").read_text(encoding="utf-8")
ALERTS_DOCUMENT = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
LOGS = (Path(__file__).parents[2] / "docs" / "logs.md").read_text(encoding="utf-8")
DOCUMENT = (Path(__file__).parents[2] / "docs" / "collector.md").read_text(encoding="utf-8")


def test_every_kind_of_difference_is_documented():
    written = set(re.findall(r"`(\w+)`", re.sub(r"```.*?```", "", DISCOVERY, flags=re.DOTALL)))

    assert {*UNDECLARED_KINDS, *NEVER_SEEN_KINDS} <= written


def test_every_option_is_documented_with_its_default():
    table = DOCUMENT.partition("| option | default |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE))
    written = {name: default.strip("`") for name, default in rows.items()}
    defaults = {name: getattr(Config(), name) for name in Config.__struct_fields__}

    expected = {name: _as_toml(value) for name, value in defaults.items()}
    names = (
        *("alerts", "credentials", "conference", "log"),
        *("retention", "prometheus", "grafana", "law"),
    )
    tables = dict.fromkeys(names, "{}")
    assert written == expected | tables


def test_every_option_of_a_receiver_is_documented_with_its_default():
    table = DOCUMENT.partition("| option of a receiver | default |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE))
    written = {name: default.strip("`") for name, default in rows.items()}
    receiver = RemoteWrite(name="needed", url="needed")
    defaults = {name: getattr(receiver, name) for name in RemoteWrite.__struct_fields__}

    needed = {"name": "needed", "url": "needed"}
    assert written == {name: _as_toml(value) for name, value in defaults.items()} | needed


def test_every_option_of_alerts_is_documented_with_its_default():
    table = ALERTS_DOCUMENT.partition("| option of `[alerts]` | default |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE))
    written = {name: default.strip("`") for name, default in rows.items()}
    defaults = {name: getattr(Alerts(), name) for name in Alerts.__struct_fields__}

    assert written == {name: _as_toml(value) for name, value in defaults.items()}


def test_every_option_of_conference_is_documented_with_its_default():
    document = (Path(__file__).parents[2] / "docs" / "conferences.md").read_text(encoding="utf-8")
    table = document.partition("| option of `[conference]` | default |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE)
    written = {name: default.strip("`") for name, default in rows}

    options = ConferenceOptions()
    given = {name: getattr(options, name) for name in options.__struct_fields__}
    assert written == {
        name: _as_toml(list(value) if isinstance(value, tuple) else value)
        for name, value in given.items()
    }


def test_every_option_of_credentials_is_documented_with_its_default():
    table = DOCUMENT.partition("| option of `[credentials]` | default |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE)

    options = CredentialsOptions()
    assert rows == [(name, _as_toml(getattr(options, name))) for name in options.__struct_fields__]


@pytest.mark.parametrize(("table", "options"), [("log", LogOptions()), ("retention", Retention())])
def test_every_option_of_log_and_retention_is_documented_with_its_default(
    table: str, options: LogOptions | Retention
):
    head = f"| option of `[{table}]` | default |"
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \|", LOGS.partition(head)[2].partition("\n\n")[0], re.MULTILINE
    )
    written = {name: default.strip("`") for name, default in rows}

    given = {name: getattr(options, name) for name in options.__struct_fields__}
    assert written == {name: _as_toml(value) for name, value in given.items()}


def test_every_kind_that_is_dropped_is_documented():
    assert {kind.name for kind in KINDS} <= set(re.findall(r"`(\w+)`", LOGS))


def test_every_option_of_an_access_is_documented():
    table = DOCUMENT.partition("| option of an access |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    documented = set(re.findall(r"`(\w+)`", " ".join(rows)))

    assert documented == {field.name for field in fields(SnmpAccess)}


def test_every_reason_of_lost_history_is_documented():
    assert set(DROP_REASONS) <= set(re.findall(r"`(\w+)`", DOCUMENT.partition("## History")[2]))


def test_the_limits_of_the_verdicts_are_documented():
    text = " ".join(DOCUMENT.split())

    for said in (
        f"at least {MIN_FRESH_SECONDS:g} seconds",
        f"less than {DISK_FULL_RATIO * 100:g} % and less than {DISK_FULL_BYTES / 2**30:g} GiB free",
        f"over {CLOCK_SECONDS:g} s off",
        f"within the last {DROPPING_SECONDS:,.0f} s",
        f"within {CERTIFICATE_SECONDS / 86_400:g} days",
        f"at least {MANY_SITES} sites",
        f"at least {STORM_SITES} sites",
        f"at least {QUORUM} machines",
        f"{PROBES_MISSED} probes in a row",
        f"no longer than {SHORT_STOP_SECONDS / 60:g} minutes",
        f"{GRACE_SECONDS / 60:g} minutes after a session began",
        f"{ABSENT_DAYS} working days",
        f"{LOST_DAYS} working days",
    ):
        assert said in text
    assert MISSED_INTERVALS == 3, "the document says three"
    conditions = text.partition("| condition | when |")[2]
    assert set(re.findall(r"\| `(\w+)` \|", conditions.partition("##")[0])) == set(CONDITIONS)


def _as_toml(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case tuple():
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        case _:
            return str(value)
