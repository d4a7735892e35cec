"""`govnet conference`: whether every invited point is ready before a meeting."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    add_inventory_option,
    existing_data,
)
from collector.commands.book import zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collector.readiness.records import Meeting
    from collector.store import Store
    from inventory.model import Inventory

OPTIONS = {
    "id": "ID",
    "title": "--title",
    "start": "--at",
    "duration": "--minutes",
    "points": "--point",
    "platform": "--platform",
    "calendar": "FILE",
}
"""Field of a record -> the option that gives it."""


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(
        commands, "conference", "Conferences, and whether every invited point is ready."
    )
    _add_reading(actions)
    _add_changing(actions)
    _add_records(actions)


def _add_reading(actions: Commands) -> None:
    listing = add_command(actions, "list", "List conferences by their start.", list_all)
    listing.add_argument(
        "--all", action="store_true", help="also what is over or called off (default: no)"
    )
    add_inventory_option(listing)
    add_data(listing)
    show = add_command(
        actions,
        "show",
        "Show how every invited point stands now, the most urgent first, and whom to call.",
        show_one,
    )
    _add_id(show)
    show.add_argument("--all", action="store_true", help="also points that are ready (default: no)")
    show.add_argument("--json", action="store_true", help="everything, for programs")
    add_data(show)


def _add_changing(actions: Commands) -> None:
    add_one = add_command(actions, "add", "Enter a conference.", add_conference)
    add_one.add_argument("--title", required=True, metavar="TEXT", help="its title (required)")
    add_one.add_argument(
        "--at",
        required=True,
        metavar="TIME",
        help='"2026-12-01 14:00" or "01/12/2026 14:00", the province\'s time (required)',
    )
    add_one.add_argument(
        "--minutes", type=int, default=120, metavar="N", help="how long it lasts (default: 120)"
    )
    _add_invited(add_one)
    add_inventory_option(add_one)
    add_data(add_one)
    take = add_command(
        actions,
        "import",
        "Take in a calendar (.ics): new conferences, changes and cancellations, by UID.",
        import_calendar,
    )
    take.add_argument("file", type=Path, metavar="FILE", help="an iCalendar file (required)")
    _add_invited(take, "; counts for events that name no point of the inventory")
    add_inventory_option(take)
    add_data(take)
    cancel = add_command(
        actions, "cancel", "Call a conference off; the rooms' links stop working.", cancel_one
    )
    _add_id(cancel)
    add_inventory_option(cancel)
    add_data(cancel)
    check = add_command(
        actions,
        "check",
        "Have the running collector check points again, in turn within the budget.",
        check_again,
    )
    _add_id(check)
    check.add_argument("--point", default="", metavar="POINT", help="one point (default: all)")
    add_data(check)


def _add_records(actions: Commands) -> None:
    links = add_command(
        actions,
        "links",
        "Make the rooms' links, as CSV: point, telephone, link. Whoever has a link may tick for"
        " that point of that conference, until it is over.",
        print_links,
    )
    _add_id(links)
    links.add_argument(
        "--url", metavar="URL", help="how telephones reach the collector (default: as noted by it)"
    )
    add_inventory_option(links)
    add_data(links)
    record = add_command(
        actions, "report", "Write the record of a conference as a workbook.", write_report
    )
    _add_id(record)
    record.add_argument("file", type=Path, metavar="FILE.xlsx", help="what to write (required)")
    add_inventory_option(record)
    add_data(record)


def _add_id(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", metavar="ID", help="the conference, as listed (required)")


def _add_invited(command: argparse.ArgumentParser, note: str = "") -> None:
    command.add_argument(
        "--point",
        action="append",
        default=[],
        metavar="NAME",
        help="an invited point, or a site or unit by id or name; give it again for more" + note,
    )
    command.add_argument(
        "--all", action="store_true", help=f"invite every point in use (default: no){note}"
    )
    command.add_argument(
        "--platform",
        default="",
        metavar="ID",
        help="a service of the inventory, or the point of an MCU (default: none)",
    )


@contextmanager
def _opened(options: argparse.Namespace) -> "Iterator[Store]":
    """Open the database; mistakes are told by the names of options."""
    from collector.maintenance.mistakes import MistakesError  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415

    with closing(open_store(existing_data(options.data_dir))) as store:
        try:
            yield store
        except MistakesError as exc:
            raise MistakesError(exc.mistakes, OPTIONS) from exc


def _known(store: "Store", inventory: "Inventory") -> "Mapping[str, Meeting]":
    from collector.readiness.book import load_book  # noqa: PLC0415
    from collector.readiness.meetings import meetings  # noqa: PLC0415

    return meetings(inventory, load_book(store, time.time()).meetings)


def _one(store: "Store", inventory: "Inventory", name: str) -> "Meeting":
    from collector.maintenance.mistakes import Mistake, MistakesError  # noqa: PLC0415
    from inventory.problems import near  # noqa: PLC0415

    known = _known(store, inventory)
    if name not in known:
        raise MistakesError([Mistake("no_conference", "id", name, near(name, known))])
    return known[name]


def list_all(options: argparse.Namespace) -> int:
    """Print conferences."""
    from collector.commands.arguments import table  # noqa: PLC0415
    from collector.maintenance.times import shown  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    inventory = load(options.inventory)
    zone, now = zone_of(inventory), time.time()
    with _opened(options) as store:
        known = _known(store, inventory)
    chosen = [
        one for one in known.values() if options.all or not (one.is_cancelled or one.ends_at <= now)
    ]
    if not chosen:
        print("no conference is to come", file=sys.stderr)
        return 0
    lines = [("id", "start", "points", "source", "title")]
    for one in chosen:
        source = "cancelled" if one.is_cancelled else one.source.value
        when = shown(one.starts_at, zone)
        lines.append((one.id, when, str(len(one.points)), source, one.title))
    print(table(lines))
    return 0


def show_one(options: argparse.Namespace) -> int:
    """Print how the points stand, by the word of the running collector."""
    import json  # noqa: PLC0415

    answer = _ask(options, f"/v1/conferences/{_quoted(options.id)}")
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return 0
    print(", ".join(f"{state}: {number}" for state, number in answer["counts"].items()))
    order = list(answer["counts"])
    for point in sorted(
        answer["points"], key=lambda one: (order.index(one["state"]), one["point"])
    ):
        if point["state"] == "ready" and not options.all:
            continue
        print(f"{point['point']}: {point['state'].replace('_', ' ')}")
        for aspect in point["aspects"]:
            if aspect["standing"] != "good":
                print(f"  {aspect['standing']}: {aspect['en']}")
        if point["state"] != "ready" and point["call"]:
            print(f"  call: {point['call']}")
    return 0


def add_conference(options: argparse.Namespace) -> int:
    """Enter one conference."""
    from collector.maintenance.mistakes import Mistake, MistakesError  # noqa: PLC0415
    from collector.maintenance.times import read_time  # noqa: PLC0415
    from collector.readiness.changes import add as enter  # noqa: PLC0415
    from collector.readiness.desk import entered  # noqa: PLC0415
    from collector.readiness.meetings import resolved  # noqa: PLC0415
    from collector.readiness.records import Asked  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    existing_data(options.data_dir)
    inventory = load(options.inventory)
    at = read_time(options.at, zone_of(inventory))
    asked = Asked(
        title=options.title,
        starts_at=at or 0.0,
        duration_minutes=options.minutes,
        points=tuple(options.point),
        all_points=options.all,
        platform=options.platform,
    )
    if at is None:
        mistakes = [Mistake("bad_time", "start", options.at), *resolved(inventory, asked)[2]]
        raise MistakesError(mistakes, OPTIONS)
    with _opened(options) as store:
        print(enter(store, entered(inventory, asked), zone_of(inventory), time.time()))
    return 0


def import_calendar(options: argparse.Namespace) -> int:
    """Take in a calendar, whole or not at all."""
    from collector.readiness.calendar_file import (  # noqa: PLC0415
        HORIZON_SECONDS,
        Defaults,
        read_calendar,
    )
    from collector.readiness.changes import take_calendar  # noqa: PLC0415
    from govnet.errors import ConfigError  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    inventory, now = load(options.inventory), time.time()
    try:
        content = options.file.read_bytes()
    except OSError as exc:
        raise ConfigError([f"{options.file}: cannot be read: {exc.strerror or exc}"]) from exc
    defaults = Defaults(tuple(options.point), options.all, options.platform)
    with _opened(options) as store:
        entries = read_calendar(content, inventory, now, defaults)
        zone = zone_of(inventory)
        done = take_calendar(store, entries, zone, now, until=now + HORIZON_SECONDS)
    for what in ("added", "changed", "cancelled"):
        for name in getattr(done, what):
            print(f"{name} {what}")
    if not (done.added or done.changed or done.cancelled):
        print("nothing has changed", file=sys.stderr)
    return 0


def cancel_one(options: argparse.Namespace) -> int:
    """Call one conference off."""
    from collector.readiness.changes import cancel  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    inventory = load(options.inventory)
    with _opened(options) as store:
        cancel(store, _one(store, inventory, options.id), time.time())
    print(f"{options.id} cancelled")
    return 0


def check_again(options: argparse.Namespace) -> int:
    """Ask the running collector."""
    path = f"/v1/conferences/{_quoted(options.id)}/check"
    answer = _ask(options, path, {"point": options.point})
    if answer["last_at"] is None:
        print("this collector cannot have checks run again; results renew themselves")
        return 1
    print(f"asked; the last one in {max(0.0, answer['last_at'] - time.time()):.0f} s")
    return 0


def print_links(options: argparse.Namespace) -> int:
    """Make a link for every room and print them."""
    import csv  # noqa: PLC0415

    from collector.http_access import MAYBE_BELOW, check_url  # noqa: PLC0415
    from collector.places import public_url  # noqa: PLC0415
    from collector.readiness.links import PATH, make_links  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415
    from inventory.model import site_id  # noqa: PLC0415

    if options.url is not None:
        check_url("--url", options.url, MAYBE_BELOW)
    inventory = load(options.inventory)
    with _opened(options) as store:
        meeting = _one(store, inventory, options.id)
        made = make_links(store, meeting, meeting.points, time.time())
    base = (options.url or public_url(existing_data(options.data_dir))).rstrip("/")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("point", "telephone", "link"))
    for point, token in made.items():
        contacts = inventory.sites[site_id(point)].contacts
        telephone = next((one.telephone for one in contacts if one.telephone), "")
        # A telephone begins with + or a digit; what a spreadsheet would calculate is no telephone.
        shown = telephone if telephone and telephone[0] not in "=-@" else ""
        writer.writerow((point, shown, f"{base}{PATH}{token}"))
    return 0


def write_report(options: argparse.Namespace) -> int:
    """Write the record."""
    from collector.readiness.book import history  # noqa: PLC0415
    from collector.readiness.report import workbook  # noqa: PLC0415
    from collector.verdict.outages.saved import load_book  # noqa: PLC0415
    from govnet.errors import ConfigError  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    inventory = load(options.inventory)
    with _opened(options) as store:
        meeting = _one(store, inventory, options.id)
        sweeps, ticks = history(store, meeting.id)
        cases = load_book(store, meeting.starts_at).cases()
    content = workbook(inventory, meeting, sweeps, ticks, cases)
    try:
        options.file.write_bytes(content)
    except OSError as exc:
        raise ConfigError([f"{options.file}: cannot be written: {exc.strerror or exc}"]) from exc
    print(f"{options.file}: {len(meeting.points)} points")
    return 0


def _quoted(name: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415

    return quote(name, safe="")


def _ask(options: argparse.Namespace, path: str, body: object = None) -> Any:
    """Ask the running collector with the operator's token: a GET, or with a body a POST.

    Raises GovnetError for whatever it refuses, in its own words.
    """
    import json  # noqa: PLC0415

    from collector.local_call import get_as_operator, post_as_operator  # noqa: PLC0415
    from govnet.errors import ConfigError, GovnetError  # noqa: PLC0415

    data = existing_data(options.data_dir)
    if body is None:
        answer = get_as_operator(data, path)
    else:
        answer = post_as_operator(data, path, json.dumps(body).encode())
    try:
        told = answer.json()
    except ValueError as exc:
        raise GovnetError(f"expected JSON from the collector, status {answer.status_code}") from exc
    if not answer.ok:
        problems = told.get("problems") or [str(told.get("detail", told))]
        raise ConfigError(problems)
    return told
