"""Looks at everything that the checks judge: files, database, the running collector, git.

Nothing is changed. What cannot be looked at is left out and does not keep the rest from being told.
"""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from collector.backup.note import read_note
from collector.config import Config, load_config
from collector.doctor.looking import (
    alertmanager,
    certificates,
    database,
    grafana,
    host,
    prometheus,
    receiving,
    shipped,
)
from collector.doctor.records import Running, Seen
from collector.http_access import Access
from collector.local_call import get_as_operator
from collector.places import operator_token_file, public_url
from collector.store.database import find_vault, open_reader
from collector.store.registry import load_registry
from collector.store.tokens import tokens
from collector.store.vault import is_credential
from collector.web.answers import AgentList, CollectorTold, SiteList
from govnet.errors import ConfigError, GovnetError
from inventory.files import read_sources
from inventory.load import load
from inventory.model import Inventory
from inventory.problems import Problems

MARK = re.compile(r"\bSỬA\b")
"""What the maker of an inventory writes where a person has to fill in something; lines that are
comments as a whole only speak of it."""
GIT_SECONDS = 5.0
ANSWER_SECONDS = 5.0
INSTALLED = Path("/etc/govnet/collector.toml")
UNITS = (Path("/lib/systemd/system/govnet.service"), Path("/etc/systemd/system/govnet.service"))
"""Of the package, and as it is installed by hand."""
_OK = 200

Answer = TypeVar("Answer", CollectorTold, SiteList, AgentList)


def gather(inventory_file: Path, data: Path, now: float, config_file: Path | None = None) -> Seen:
    """Return everything that can be seen at `now` (Unix seconds).

    Without a `config_file` it is the collector.toml beside the inventory, if there is one.
    """
    inventory: Inventory | None = None
    problems: tuple[str, ...] = ()
    try:
        inventory = load(inventory_file)
    except ConfigError as exc:
        problems = tuple(exc.problems)
    beside = inventory_file.with_name("collector.toml")
    config_file = config_file or (beside if beside.is_file() else None)
    config, config_problems = _configured(config_file)
    seen = Seen(
        now=now,
        inventory_file=inventory_file,
        data=data,
        config_file=config_file,
        config=config,
        config_problems=config_problems,
        is_service=config_file == INSTALLED and any(unit.exists() for unit in UNITS),
        has_inventory_file=inventory_file.is_file(),
        inventory=inventory,
        inventory_problems=problems,
        to_mend=tuple(_to_mend(inventory_file)),
        git=_git(inventory_file.parent),
    )
    # Each waits for another program or the disk; none needs what the others see.
    with ThreadPoolExecutor() as pool:
        machine = pool.submit(host.look, data, now)
        asked = pool.submit(_others, config)
        own = pool.submit(_own, seen, data)
        boards = pool.submit(_boards, config)
        return msgspec.structs.replace(
            own.result(), host=machine.result(), **asked.result(), **boards.result()
        )


def _others(config: Config) -> dict[str, Any]:
    """Return what Prometheus tells, and every Alertmanager that it or the options name."""
    found = prometheus.look(config.prometheus)
    # Our sign-in is for the one that the options name, and for no other.
    asked: dict[str, Access | None] = {}
    if config.alerts.alertmanager_url is not None:
        asked[config.alerts.alertmanager_url.rstrip("/")] = config.alerts
    for url in found.alertmanagers if found is not None else ():
        asked.setdefault(url, None)
    ours = tuple(alertmanager.look(url, access) for url, access in asked.items())
    return {"prometheus": found, "alertmanagers": ours}


def _boards(config: Config) -> dict[str, Any]:
    """Return what is shipped, and what Grafana has of it."""
    files = shipped.look()
    return {"shipped": files, "grafana": grafana.look(config.grafana, files.boards)}


def _own(seen: Seen, data: Path) -> Seen:
    """Return what was seen together with the collector on that folder and its files."""
    try:
        if not operator_token_file(data).exists():
            return seen
        config = seen.config or Config()
        running, trouble = _running(data)
        stored = database.look(data)
        seen = msgspec.structs.replace(
            seen,
            is_begun=True,
            public_url=public_url(data),
            running=running,
            trouble=trouble,
            database=stored,
            certificates=certificates.look(config, data, is_running=running is not None),
            receivers=receiving.look(data) if running is not None else (),
            backup=read_note(data),
        )
        # Opening it otherwise would migrate it under a collector that runs.
        if stored is None or not stored.is_current:
            return seen
        return _with_stored(seen, data, config)
    except ConfigError as exc:
        return msgspec.structs.replace(seen, is_begun=True, data_problems=tuple(exc.problems))
    except (PermissionError, SQLAlchemyError) as exc:
        why = f"{data}: {getattr(exc, 'strerror', None) or getattr(exc, 'orig', exc)}"
        return msgspec.structs.replace(seen, is_begun=True, data_problems=(why,))


def _configured(file: Path | None) -> tuple[Config, tuple[str, ...]]:
    """Return the options, the defaults beside their mistakes."""
    try:
        return (Config() if file is None else load_config(file)), ()
    except ConfigError as exc:
        return Config(), tuple(exc.problems)


def _to_mend(inventory_file: Path) -> list[str]:
    """Return `file:line` of every mark in the files of the inventory that can be read."""
    sources = read_sources(inventory_file, Problems())
    return [
        f"{name}:{number}"
        for name, written in (sources.files if sources else {}).items()
        for number, line in enumerate(written.content.decode("utf-8", "replace").splitlines(), 1)
        if MARK.search(line) and not line.lstrip().startswith("#")
    ]


def _git(folder: Path) -> str:
    """Return whether what stands in the folder has a history: `none`, `changed` or `clean`."""
    # No lock on the index, and no program that the repository names: git is only looked at.
    git = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(folder))
    command = (*git, "status", "--porcelain", "--", ".")
    head = (*git, "rev-parse", "--verify", "--quiet", "HEAD")
    try:
        if _said(head) is None or (changed := _said(command)) is None:
            return "none"
    except (OSError, subprocess.SubprocessError):
        return "none"
    return "changed" if changed.strip() else "clean"


def _said(command: tuple[str, ...]) -> str | None:
    """Return what git says, None if it refuses."""
    done = subprocess.run(command, capture_output=True, timeout=GIT_SECONDS, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _running(data: Path) -> tuple[Running | None, str]:
    """Return what the collector answers, or why it does not."""
    try:
        return (
            Running(
                _asked(data, "/v1/collector", CollectorTold),
                _asked(data, "/v1/sites", SiteList),
                _asked(data, "/v1/agents", AgentList),
            ),
            "",
        )
    except GovnetError as exc:
        # What the library says behind it fills a screen and tells no more.
        return None, str(exc).partition(": ")[0]


def _asked(data: Path, path: str, kind: type[Answer]) -> Answer:
    reply = get_as_operator(data, path, ANSWER_SECONDS)
    if reply.status_code != _OK:
        raise GovnetError(f"{path}: status {reply.status_code}")
    try:
        return msgspec.json.decode(reply.content, type=kind)
    except msgspec.DecodeError as exc:
        raise GovnetError(f"{path}: another version answers: {exc}") from exc


def _with_stored(seen: Seen, data: Path, config: Config) -> Seen:
    """Return what was seen together with what the database holds. Raises ConfigError.

    Every key of an agent is opened, so a master key that is another is told.
    """
    given = Path(config.master_key_file) if config.master_key_file else None
    vault = find_vault(data, given)
    with closing(open_reader(data, vault)) as store:
        return msgspec.structs.replace(
            seen,
            master_key_file=None if is_credential(vault.file) else vault.file,
            agents=load_registry(store).rows,
            tokens=tuple(tokens(store)),
        )
