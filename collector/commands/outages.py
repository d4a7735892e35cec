"""`govnet outages`: what was down, why, and who looks after it."""

import argparse
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    duration_seconds,
    existing_data,
)
from govnet.catalogue import CAUSES
from govnet.errors import ConfigError

if TYPE_CHECKING:
    from collector.verdict.outages.handling import Said


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "outages", "Outages: what was down, why, who looks after it.")
    _add_list(actions)
    show = add_command(
        actions,
        "show",
        "Show one outage: its course, the evidence, who handles it, what was believed in turn.",
        show_outage,
    )
    show.add_argument("number", metavar="NUMBER", type=int, help="number of the outage (required)")
    _add_formats(show)
    add_data(show)
    _add_handling(actions)


def _add_list(actions: Commands) -> None:
    listing = add_command(actions, "list", "List outages, the newest first.", list_outages)
    listing.add_argument("--open", action="store_true", help="only those that last (default: all)")
    listing.add_argument(
        "--since",
        metavar="TIME",
        help="only those that lasted in the last 30m, 12h, 7d (default: all)",
    )
    listing.add_argument("--site", metavar="SITE", help="only of that site (default: all)")
    listing.add_argument("--item", metavar="ITEM", help="only of that item (default: all)")
    listing.add_argument(
        "--withdrawn", action="store_true", help="those that were none (default: the others)"
    )
    listing.add_argument(
        "--last", metavar="N", type=int, default=100, help="how many at most (default: 100)"
    )
    _add_formats(listing)
    add_data(listing)


def _add_formats(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--lang", choices=("vi", "en"), default="vi", help="language (default: vi)"
    )
    command.add_argument(
        "--json", action="store_true", help="everything, for programs (default: a text)"
    )


def _add_handling(actions: Commands) -> None:
    ack = add_command(actions, "ack", "Say that somebody looks after outages.", acknowledge)
    ack.add_argument("number", metavar="NUMBER", type=int, nargs="+", help="outages (required)")
    ack.add_argument("--undo", action="store_true", help="take that back (default: no)")
    add_data(ack)
    for name, word, text in (
        ("assign", "WHO", "Say who looks after an outage: a role or a team."),
        ("ticket", "TICKET", "Note the carrier's or the power company's ticket of an outage."),
        ("note", "TEXT", "Write a note to an outage; it replaces the one before."),
    ):
        command = add_command(actions, name, text, _HANDLERS[name])
        command.add_argument("number", metavar="NUMBER", type=int, help="the outage (required)")
        command.add_argument("text", metavar=word, help='what to write; "" takes it back')
        add_data(command)
    cause = add_command(
        actions,
        "cause",
        "Confirm the system's cause of an outage, or set another; the system's stays beside it.",
        set_cause,
    )
    cause.add_argument("number", metavar="NUMBER", type=int, help="the outage (required)")
    cause.add_argument(
        "cause",
        metavar="CAUSE",
        nargs="?",
        choices=CAUSES,
        help=f"one of {', '.join(CAUSES)} (default: the system's own, confirmed)",
    )
    cause.add_argument("--undo", action="store_true", help="take that back (default: no)")
    add_data(cause)


def _opened(options: argparse.Namespace) -> Any:
    from collector.store import open_store  # noqa: PLC0415

    return closing(open_store(existing_data(options.data_dir)))


def list_outages(options: argparse.Namespace) -> int:
    """Print outages."""
    import msgspec  # noqa: PLC0415

    from collector.commands.outages_listing import as_table, nothing  # noqa: PLC0415
    from collector.verdict.outages.find import Wanted, find  # noqa: PLC0415
    from collector.verdict.outages.shown import shown  # noqa: PLC0415

    if options.last < 1:
        raise ConfigError([f"--last: expected 1 or more, got {options.last}"])
    since = None
    if options.since is not None:
        since = time.time() - duration_seconds(options.since, "--since")
    wanted = Wanted(
        is_open=options.open,
        since=since,
        site=options.site,
        item=options.item,
        is_withdrawn=options.withdrawn,
        limit=options.last,
    )
    with _opened(options) as store:
        cases = find(store, wanted)
    if options.json:
        _print_json(msgspec.to_builtins([shown(case) for case in cases]))
    elif cases:
        print(as_table(cases, options.lang))
    else:
        print(nothing(options.lang), file=sys.stderr)
    return 0


def show_outage(options: argparse.Namespace) -> int:
    """Print everything about one outage."""
    import msgspec  # noqa: PLC0415

    from collector.commands.outages_listing import as_text  # noqa: PLC0415
    from collector.verdict.outages.find import one  # noqa: PLC0415
    from collector.verdict.outages.shown import OutageDetail, shown  # noqa: PLC0415

    with _opened(options) as store:
        found = one(store, options.number)
    if found is None:
        raise ConfigError(
            [f"outage {options.number}: there is none such; govnet outages list shows them"]
        )
    case, beliefs = found
    if options.json:
        _print_json(msgspec.to_builtins(OutageDetail(shown(case), beliefs)))
    else:
        print(as_text(case, beliefs, options.lang))
    return 0


def _print_json(value: object) -> None:
    import json  # noqa: PLC0415

    print(json.dumps(value, ensure_ascii=False, indent=2))


def acknowledge(options: argparse.Namespace) -> int:
    """Write down that outages are looked after."""
    from collector.verdict.outages.handling import Said  # noqa: PLC0415

    return _say(options, options.number, Said(acknowledged=not options.undo))


def assign(options: argparse.Namespace) -> int:
    """Write down who looks after an outage."""
    from collector.verdict.outages.handling import Said  # noqa: PLC0415

    return _say(options, [options.number], Said(assignee=options.text))


def set_ticket(options: argparse.Namespace) -> int:
    """Write down a ticket."""
    from collector.verdict.outages.handling import Said  # noqa: PLC0415

    return _say(options, [options.number], Said(ticket=options.text))


def write_note(options: argparse.Namespace) -> int:
    """Write down a note."""
    from collector.verdict.outages.handling import Said  # noqa: PLC0415

    return _say(options, [options.number], Said(note=options.text))


def set_cause(options: argparse.Namespace) -> int:
    """Write down what the cause was."""
    from collector.verdict.outages.find import one  # noqa: PLC0415
    from collector.verdict.outages.handling import Said  # noqa: PLC0415

    if options.undo and options.cause is not None:
        raise ConfigError([f"--undo: expected no cause beside it, got {options.cause}"])
    cause = "" if options.undo else options.cause
    if cause is None:
        with _opened(options) as store:
            found = one(store, options.number)
        # Of an outage that does not exist `_say` tells.
        cause = found[0].outage.cause if found is not None else ""
    return _say(options, [options.number], Said(cause=cause))


def _say(options: argparse.Namespace, numbers: list[int], said: "Said") -> int:
    from collector.commands.outages_listing import as_table  # noqa: PLC0415
    from collector.store.audit import operator  # noqa: PLC0415
    from collector.verdict.outages.handling import say  # noqa: PLC0415

    with _opened(options) as store:
        cases = say(store, numbers, said, operator(), time.time())
    print(as_table(cases, "vi"))
    return 0


_HANDLERS = {"assign": assign, "ticket": set_ticket, "note": write_note}
