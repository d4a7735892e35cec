"""How `govnet maintenance list` shows the book: lines for people, JSON for programs. Pure."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from collector.commands.arguments import table

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from collector.maintenance.records import Book, Entry


def as_text(book: "Book", now: float, zone: "ZoneInfo", *, is_all: bool) -> str:
    """Return a table of entries, and below it every notice that waits with its candidates."""
    from collector.maintenance.records import OPEN_SECONDS  # noqa: PLC0415
    from collector.maintenance.times import shown  # noqa: PLC0415

    parts = []
    entries = _shown(book, now, is_all=is_all)
    if entries:
        titles = ("id", "kind", "item", "from", "to", "state", "reason")
        lines = [
            (
                str(entry.id),
                entry.kind.value,
                entry.item or "-",
                shown(entry.start, zone),
                shown(entry.end, zone),
                _state(entry, now),
                entry.reason,
            )
            for entry in entries
        ]
        parts.append(table([titles, *lines]))
    for notice in book.open_notices(now - OPEN_SECONDS):
        span = f"{shown(notice.start, zone)} to {shown(notice.end, zone)}"
        head = f"{notice.name}  {span}  {notice.area}  ({notice.source})"
        parts.append("\n".join([head, *_candidates(book.of_notice(notice.id))]))
    return "\n\n".join(parts)


def _shown(book: "Book", now: float, *, is_all: bool) -> tuple["Entry", ...]:
    if not is_all:
        return book.confirmed(now)
    from collector.maintenance.records import State  # noqa: PLC0415

    found = (one for one in book.entries if one.state is not State.PROPOSED)
    return tuple(sorted(found, key=lambda one: (one.start, one.id)))


def _state(entry: "Entry", now: float) -> str:
    """Return the state; of what is confirmed where it lies in time."""
    from collector.maintenance.records import State  # noqa: PLC0415

    return entry.phase(now).value if entry.state is State.CONFIRMED else entry.state.value


def _candidates(entries: Iterable["Entry"]) -> Iterator[str]:
    found = [(f"    {one.item}", one.state.value, one.match) for one in entries if one.item]
    if found:
        yield table(found)
    else:
        yield "    no candidate was found"


def as_json(book: "Book", now: float, *, is_all: bool) -> str:
    """Return entries and waiting notices with their proposals; times are Unix seconds."""
    import msgspec  # noqa: PLC0415

    from collector.maintenance.records import OPEN_SECONDS  # noqa: PLC0415

    waiting = [
        {**msgspec.to_builtins(one), "id": one.name, "proposals": book.of_notice(one.id)}
        for one in book.open_notices(now - OPEN_SECONDS)
    ]
    shown = {"entries": _shown(book, now, is_all=is_all), "notices": waiting}
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()
