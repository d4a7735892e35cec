"""Backup, then restore, is the identity: whatever the collector held."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.backup.making import Source, make
from collector.backup.restoring import restore
from collector.config import Config
from collector.intake.checkpoint import Checkpoint, save
from collector.intake.sequence import Seen
from collector.intake.timing import Moment
from collector.places import ensure_operator_token
from collector.store import open_store
from collector.store.audit import note
from collector.store.database import FILE_NAME
from govnet.journal import Journal

IDS = st.text("abcdef0123456789", min_size=1, max_size=8)
NUMBERS = st.integers(1, 1 << 40)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
SEEN = st.builds(
    lambda first, more, at: Seen([(first, first + more)], Moment(first + more, at)),
    NUMBERS,
    st.integers(0, 1000),
    st.floats(0, 2e9),
)
SMALL_FILES = st.dictionaries(
    st.sampled_from(("digest-sent", "tls/ca.pem", "tls/ca-key.pem", "tls/server.pem")),
    st.binary(max_size=3_000),
)


def dumped(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / FILE_NAME)) as connection:
        return list(connection.iterdump())


def silent(_: str, __: int) -> None:
    """Show nothing."""


@settings(max_examples=25, deadline=None)
@given(
    audit=st.lists(st.tuples(st.floats(0, 2e9), TEXTS, TEXTS), max_size=20),
    seen=st.dictionaries(IDS, st.dictionaries(IDS, SEEN, max_size=3), max_size=5),
    records=st.lists(st.binary(max_size=400), max_size=30),
    torn=st.integers(0, 30),
    small=SMALL_FILES,
)
def test_what_is_restored_is_what_was_there(
    audit: list[tuple[float, str, str]],
    seen: dict[str, dict[str, Seen]],
    records: list[bytes],
    torn: int,
    small: dict[str, bytes],
):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        data, new, key = root / "data", root / "new", root / "data.master-key"
        with closing(open_store(data)) as store:
            with store.write() as connection:
                for at, subject, detail in audit:
                    note(connection, at, "said", subject, detail, who="ai đó")
            save(store, Checkpoint(0, seen, []))
        ensure_operator_token(data)
        (data / "tls").mkdir()
        for name, content in small.items():
            (data / name).write_bytes(content)
        with Journal(data / "inbox", segment_bytes=500) as journal:
            for payload in records:
                journal.append(payload)
        if torn and records:
            last = max((data / "inbox").glob("*[0-9].*"))
            last.write_bytes(last.read_bytes() + b"\7" * torn)
        config = Config(inventory=str(root / "none.yaml"))

        make(Source(data, config), root / "one.tar.gz", 1.8e9, silent)
        restore(root / "one.tar.gz", new, root / "files", key, silent)

        assert dumped(new) == dumped(data)
        for name, content in small.items():
            assert (new / name).read_bytes() == content
        with Journal(new / "inbox") as restored, Journal(data / "inbox") as journal:
            assert list(restored.read()) == list(journal.read())
            assert [payload for _, payload in restored.read()] == records
            assert restored.end_position == journal.end_position
