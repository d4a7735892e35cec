"""What a check is given, and what it finds. Every check is pure."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collector.backup.note import Note
from collector.config import Config
from collector.doctor.looking.alertmanager import Alertmanager
from collector.doctor.looking.certificates import Certificates
from collector.doctor.looking.database import Database
from collector.doctor.looking.grafana import Grafana
from collector.doctor.looking.host import Host
from collector.doctor.looking.prometheus import Prometheus
from collector.doctor.looking.receiving import Receiver
from collector.doctor.looking.shipped import Shipped
from collector.store.known_agents import AgentRow
from collector.store.tokens import TokenRow
from collector.web.answers import AgentList, CollectorTold, SiteList
from inventory.model import Inventory, Lifecycle, Site

SHOWN_NAMES: Final = 3
"""So many names stand in a line, unless all are asked for."""


class Level(StrEnum):
    """How urgent a finding is."""

    MUST = "must"
    SHOULD = "should"
    GOOD = "good"


class Finding(msgspec.Struct, frozen=True):
    """One sentence, in Vietnamese. `do` is what to do, a command where there is one.

    `names` are all that it is about; the sentence gives their number.
    """

    level: Level
    text: str
    do: str = ""
    names: tuple[str, ...] = ()


class Running(msgspec.Struct, frozen=True):
    """What the running collector answered."""

    about: CollectorTold
    sites: SiteList
    agents: AgentList


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was looked at, at `now` (Unix seconds). What could not be is None.

    - `config_file` is the collector.toml that was given or stands beside the inventory, as
      `govnet init` writes one; `config` is what it says, `config_problems` are its mistakes.
    - `inventory_problems` are its mistakes, where `inventory` is None.
    - `to_mend` are the places (`file:line`) that the maker of the inventory left to be filled in.
    - `is_service`: systemd runs the collector, installed as the package does it: its unit starts
      it, and the inventory is a folder of its user.
    - `has_inventory_file`: it is there, be it right or wrong.
    - `git` says whether the inventory has a history: `none`, `changed` since the last commit,
      `clean`.
    - `is_begun`: a collector has run on the folder `data`; `public_url` is where it was reached.
    - `running` is what it answers now, else `trouble` why it does not.
    - `data_problems` say why the database cannot be read.
    - `backup` is what the folder `data` notes of the last backup.
    - `master_key_file` is None where it is no file (a credential of systemd).
    - `shipped` is what comes with this version beside the programs; what follows it was looked at
      outside, each by its file of `collector.doctor.looking`.
    """

    now: float
    inventory_file: Path
    data: Path
    config_file: Path | None = None
    config: Config | None = None
    config_problems: tuple[str, ...] = ()
    is_service: bool = False
    has_inventory_file: bool = True
    inventory: Inventory | None = None
    inventory_problems: tuple[str, ...] = ()
    to_mend: tuple[str, ...] = ()
    git: str = "none"
    is_begun: bool = False
    public_url: str = ""
    running: Running | None = None
    trouble: str = ""
    data_problems: tuple[str, ...] = ()
    master_key_file: Path | None = None
    agents: tuple[AgentRow, ...] = ()
    tokens: tuple[TokenRow, ...] = ()
    shipped: Shipped = Shipped()
    host: Host | None = None
    certificates: Certificates | None = None
    database: Database | None = None
    receivers: tuple[Receiver, ...] = ()
    prometheus: Prometheus | None = None
    alertmanagers: tuple[Alertmanager, ...] = ()
    grafana: Grafana | None = None
    backup: Note = Note()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the province; the usual one where no inventory says it."""
        usual = "Asia/Ho_Chi_Minh"
        return ZoneInfo(usual if self.inventory is None else self.inventory.province.timezone)

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites in use; none of an inventory that could not be read."""
        if self.inventory is None:
            return ()
        every = self.inventory.sites.values()
        return tuple(site for site in every if site.lifecycle is Lifecycle.ACTIVE)


Check = Callable[[Seen], Iterable[Finding]]


def listed(items: Iterable[Site], level: Level, text: str, do: str) -> Iterable[Finding]:
    """Yield one finding about these sites, with their number before the text; none of none."""
    names = tuple(f"{site.id} ({site.name})" for site in items)
    if names:
        yield Finding(level, f"{len(names)} điểm {text}", do, names)
