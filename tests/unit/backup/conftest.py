"""A collector that has run, its master key, and a backup of it."""

import time
from contextlib import closing
from pathlib import Path

import pytest

from collector.backup.making import Source, make
from collector.config import load_config
from collector.places import ensure_operator_token
from collector.store import open_store
from collector.store.registry import enrol
from collector.tls import folder as tls
from govnet.journal import Journal
from inventory.load import load
from tests.unit.backup.backups import NOW, silent

CREDENTIALS = "snmp:\n  ups: {version: 2c, community: rat-bi-mat}\n"


@pytest.fixture
def source(tmp_path: Path, small_inventory_file: Path) -> Source:
    """Return a collector that has run: agents, a certificate, a full inbox, its configuration."""
    (tmp_path / "collector.toml").write_text(
        'inventory = "inventory.yaml"\ndata_dir = "data"\n[credentials]\nfile = "secrets.yaml"\n'
    )
    (tmp_path / "secrets.yaml").write_text(CREDENTIALS)
    data = tmp_path / "data"
    with closing(open_store(data)) as store:
        enrol(store, load(small_inventory_file), "xa-a", "pc-1", NOW)
    ensure_operator_token(data)
    tls.init(data, ["localhost"], 30, time.time())
    with Journal(data / "inbox", segment_bytes=200) as journal:
        for number in range(9):
            journal.append(bytes([number]) * 150)
        journal.sync()
    (data / "history").mkdir()
    (data / "history/prom.json").write_text('{"position":700}')
    return Source(data, load_config(tmp_path / "collector.toml"), tmp_path / "collector.toml")


@pytest.fixture
def made(source: Source, tmp_path: Path) -> Path:
    """Return a backup of it."""
    target = tmp_path / "backups/one.tar.gz"
    make(source, target, NOW, silent)
    return target


@pytest.fixture
def master_key(source: Source) -> Path:
    return Path(f"{source.data}.master-key")
