"""What of the verdicts outlives a restart: status, cause and since when, by site and by item.

Written as soon as something changes, so that even a power cut forgets no more than the last second.
Evidence is not saved: it comes again with the next reports.
"""

import msgspec
from sqlalchemy import Table, delete, insert, select

from collector.store import Store
from collector.store.tables import item_verdicts, site_verdicts
from collector.verdict.verdicts import ItemKind, ItemVerdict, SiteVerdict, Verdicts


class Changes(msgspec.Struct, frozen=True):
    """Rows to be written, and the ids of those that are no longer true."""

    sites: list[dict[str, object]]
    items: list[dict[str, object]]
    old_sites: set[str]
    old_items: set[str]

    def __bool__(self) -> bool:
        return bool(self.old_sites or self.old_items)


def changes(before: Verdicts | None, now: Verdicts) -> Changes:
    """Return what differs between what was saved last and what is judged now."""
    old_sites = before.sites if before is not None else {}
    old_items = before.items if before is not None else {}
    sites = [
        verdict
        for verdict in now.sites.values()
        if (former := old_sites.get(verdict.site)) is None or _key(former) != _key(verdict)
    ]
    items = [verdict for verdict in now.items.values() if old_items.get(verdict.item) != verdict]
    return Changes(
        [_site_row(verdict) for verdict in sites],
        [msgspec.structs.asdict(verdict) for verdict in items],
        (old_sites.keys() - now.sites.keys()) | {verdict.site for verdict in sites},
        (old_items.keys() - now.items.keys()) | {verdict.item for verdict in items},
    )


def save_verdicts(store: Store, changed: Changes) -> None:
    """Write the changes, all or none."""
    with store.write() as connection:
        for table, old, rows in (
            (site_verdicts, changed.old_sites, changed.sites),
            (item_verdicts, changed.old_items, changed.items),
        ):
            (key,) = table.primary_key.columns
            for name in old:
                connection.execute(delete(table).where(key == name))
            if rows:
                connection.execute(insert(table), rows)


def load_verdicts(store: Store) -> Verdicts | None:
    """Return what was judged last, without evidence and conditions; None if nothing ever was."""
    sites = [
        SiteVerdict(evidence=(), **row)  # type: ignore[arg-type]
        for row in _rows(store, site_verdicts)
    ]
    items = [
        ItemVerdict(**(row | {"kind": ItemKind(str(row["kind"]))}))  # type: ignore[arg-type]
        for row in _rows(store, item_verdicts)
    ]
    if not sites and not items:
        return None
    return Verdicts(
        judged_at=max((verdict.since for verdict in sites), default=0.0),
        sites={verdict.site: verdict for verdict in sites},
        items={verdict.item: verdict for verdict in items},
        conditions=frozenset(),
    )


def _rows(store: Store, table: Table) -> list[dict[str, object]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def _key(verdict: SiteVerdict) -> tuple[object, ...]:
    """Return what is worth a write: when a living site was last seen alive changes all the time."""
    return (
        verdict.status,
        verdict.cause,
        verdict.since,
        verdict.last_sign_at is None,
        verdict.watched_since,
    )


def _site_row(verdict: SiteVerdict) -> dict[str, object]:
    row = msgspec.structs.asdict(verdict)
    del row["evidence"]
    return row
