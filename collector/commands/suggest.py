"""`govnet inventory seen` and `suggest`: from what was seen to what is declared."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_inventory_option,
    existing_data,
    table,
    utc,
)
from collector.commands.edits import add_yes, show, write_if_wanted
from govnet.errors import ConfigError, GovnetError

if TYPE_CHECKING:
    # Commands that need neither shall not load them.
    from collector.discovery.differences import Differences
    from collector.discovery.sightings import Sightings
    from collector.discovery.suggest import Suggestion
    from inventory.model import Inventory

_NO_SITE = "chưa biết điểm"


def add(actions: Commands) -> None:
    """Add the commands of this file to the group `inventory`."""
    seen = add_command(
        actions,
        "seen",
        "List what is seen and not declared, and what is declared and was never seen.",
        show_seen,
    )
    seen.description = (
        "List what agents and devices see and nobody declared, and what is declared and was never "
        "seen; asks the running collector. The page /differences shows the same."
    )
    suggest = add_command(
        actions,
        "suggest",
        "Propose rows for the inventory from what was seen; write those that are accepted.",
        suggest_rows,
    )
    suggest.description = (
        "Propose rows for the inventory from what was seen: what devices say of themselves, "
        "undeclared neighbours, counts, agents to approve. Accepting shows the difference, asks, "
        "then writes the inventory's files."
    )
    chosen = suggest.add_mutually_exclusive_group()
    chosen.add_argument(
        "--accept",
        nargs="+",
        metavar="ID",
        default=[],
        help="write these proposals, named by their ids (default: only show)",
    )
    chosen.add_argument(
        "--accept-all",
        action="store_true",
        help="write every proposal, with --site those of one site (default: no)",
    )
    add_yes(suggest)
    for command in (seen, suggest):
        command.add_argument(
            "--site", metavar="SITE", help="only what is at that site (default: all sites)"
        )
        command.add_argument(
            "--json", action="store_true", help="everything, for programs (default: a table)"
        )
        add_inventory_option(command)
        add_data(command)


def show_seen(options: argparse.Namespace) -> int:
    """Print both lists."""
    import msgspec  # noqa: PLC0415

    from collector.discovery.differences import Differences, differences  # noqa: PLC0415

    inventory, sightings = _known(options)
    found = differences(inventory, sightings)
    if options.site is not None:
        found = Differences(
            found.as_of,
            tuple(one for one in found.undeclared if one.site == options.site),
            tuple(one for one in found.never_seen if one.site == options.site),
        )
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        print("\n".join(_seen_lines(found)))
    return 0


def _seen_lines(found: "Differences") -> Iterator[str]:
    yield f"as of {utc(found.as_of)}"
    yield ""
    yield f"seen, not declared: {sum(one.number for one in found.undeclared)}"
    if found.undeclared:
        yield table(
            [
                ("site", "kind", "number", "name", "address", "key", "seen by"),
                *(
                    (
                        one.site or "-",
                        one.kind,
                        str(one.number),
                        one.name,
                        one.address,
                        one.key if one.key != one.kind else "",
                        one.seen_by,
                    )
                    for one in found.undeclared
                ),
            ]
        )
    yield ""
    yield f"declared, never seen: {sum(one.missing for one in found.never_seen)}"
    if found.never_seen:
        yield table(
            [
                ("site", "kind", "number", "item", "name"),
                *(
                    (one.site or "-", one.kind, str(one.missing), one.item, one.name)
                    for one in found.never_seen
                ),
            ]
        )


def suggest_rows(options: argparse.Namespace) -> int:
    """Print what may be accepted, or accept it."""
    import msgspec  # noqa: PLC0415

    from collector.discovery.suggest import suggest  # noqa: PLC0415

    inventory, sightings = _known(options)
    found = [
        one
        for one in suggest(inventory, sightings)
        if options.site is None or one.site == options.site
    ]
    if options.accept:
        return _accept(options, inventory, _named(found, options.accept))
    if options.accept_all:
        return _accept(options, inventory, found)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        print("\n".join(_suggestion_lines(found)))
    return 0


def _known(options: argparse.Namespace) -> "tuple[Inventory, Sightings]":
    """Return the inventory of the file, and what the running collector saw."""
    import msgspec  # noqa: PLC0415

    from collector.discovery.sightings import Sightings  # noqa: PLC0415
    from collector.local_call import get_as_operator  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415
    from inventory.problems import near  # noqa: PLC0415

    inventory = load(options.inventory)
    if options.site is not None and options.site not in inventory.sites:
        hint = near(options.site, inventory.sites) or f"{options.inventory} has none such"
        raise ConfigError([f"--site: expected the id of a site, got {options.site!r}: {hint}"])
    answer = get_as_operator(existing_data(options.data_dir), "/v1/inventory/sightings")
    if not answer.ok:
        raise GovnetError(f"{answer.url}: the collector answered {answer.status_code}")
    try:
        return inventory, msgspec.json.decode(answer.content, type=Sightings)
    except msgspec.DecodeError as exc:
        raise GovnetError(f"{answer.url}: another version answers: {exc}") from exc


def _named(found: "Sequence[Suggestion]", wanted: Iterable[str]) -> "list[Suggestion]":
    """Return the proposals of these ids, each once. Raises ConfigError with every wrong id."""
    from inventory.problems import near  # noqa: PLC0415

    by_id = {one.id: one for one in found}
    names = list(dict.fromkeys(wanted))
    wrong = [name for name in names if name not in by_id]
    if wrong:
        raise ConfigError(
            [
                f"--accept: expected the id of a proposal, got {name!r}"
                f" ({near(name, by_id) or 'govnet inventory suggest lists them'})"
                for name in wrong
            ]
        )
    return [by_id[name] for name in names]


def _suggestion_lines(found: "Sequence[Suggestion]") -> Iterator[str]:
    if not found:
        yield "Không có gì để đề xuất."
        return
    for site, of_site in groupby(found, key=lambda one: one.site):
        yield f"{site or _NO_SITE}:"
        for one in of_site:
            yield f"  {one.id}"
            yield f"      {one.title}"
            yield f"      {one.reason}"
            if one.command:
                yield f"      $ {one.command}"
    writable = sum(bool(one.edits) for one in found)
    commands = sum(bool(one.command) for one in found)
    yield ""
    yield (
        f"{writable} dòng có thể ghi (--accept ID, --accept-all),"
        f" {commands} lệnh, {len(found) - writable - commands} điều cần xem lại"
    )


def _accept(options: argparse.Namespace, inventory: Any, chosen: "Sequence[Suggestion]") -> int:
    """Show what the proposals change, ask, and write it; name the commands that are left."""
    from inventory.editing.apply import checked, edited  # noqa: PLC0415

    edits = edited(options.inventory, [put for one in chosen for put in one.edits])
    if edits:
        show(inventory, checked(options.inventory, edits), edits)
        if not write_if_wanted(edits, unasked=options.yes):
            return 1
    else:
        print("Không có gì để ghi.")
    for one in chosen:
        if one.command:
            print(f"{one.title}: {one.command}", file=sys.stderr)
        elif not one.edits:
            print(f"{one.title}: {one.reason}", file=sys.stderr)
    return 0
