"""`govnet units`: the official units of Viet Nam, of today and of before, by any name."""

import argparse
import sys

from collector.commands.arguments import Commands, add_command, add_group
from govnet.errors import ConfigError

SHOWN = 30


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(
        commands, "units", "Official units (xã, phường, tỉnh ...) of today and former ones."
    )
    find = add_command(
        actions,
        "find",
        "Find units by name or code, by former names too; exit status 1 if there is none.",
        find_units,
    )
    find.add_argument(
        "text",
        metavar="TEXT",
        nargs="+",
        help="name as you would type it: bang thanh, 'X. Bộc Bố, H. Pác Nặm', 01864;"
        " what lies above narrows (required)",
    )
    find.add_argument(
        "--province",
        metavar="CODE_OR_NAME",
        help="only what lies or lay in that province, of today or former (default: everywhere)",
    )
    find.add_argument(
        "--today",
        action="store_true",
        help="what it is today instead of every unit that ever had the name (default: no)",
    )
    find.add_argument(
        "--limit",
        metavar="N",
        type=_count,
        default=SHOWN,
        help=f"how many at most (default: {SHOWN})",
    )
    show = add_command(
        actions,
        "show",
        "Show one unit: its names with their periods, what it came from, what became of it.",
        show_unit,
    )
    show.add_argument(
        "unit",
        metavar="ID_OR_CODE",
        help="id as find prints it, or a code: all units that had it are shown (required)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, got {text!r}")
    return int(text)


def find_units(options: argparse.Namespace) -> int:
    """Print the units that fit; 1 with what may have been meant if none does."""
    from collector.commands import units_listing  # noqa: PLC0415
    from inventory.problems import quoted  # noqa: PLC0415
    from inventory.units.find import find, near_names, near_province, provinces  # noqa: PLC0415
    from inventory.units.official import load_official  # noqa: PLC0415

    units = load_official()
    text, province = " ".join(options.text), options.province
    if province is not None and not provinces(units, province):
        expected = "expected the code or name of a province, of today or former"
        hint = near_province(units, province)
        got = f"got {quoted(province)}{f' (did you mean {quoted(hint)}?)' if hint else ''}"
        raise ConfigError([f"--province: {expected}, {got}"])
    # Several former names may lead to one unit of today, so all are asked for.
    matches = find(units, text, province=province, limit=sys.maxsize)
    if matches.found:
        print(units_listing.found(units, matches.found, options.limit, today=options.today))
        return 0
    elsewhere = find(units, text).total if province else 0
    print(units_listing.nothing(text, near_names(units, text), elsewhere), file=sys.stderr)
    return 1


def show_unit(options: argparse.Namespace) -> int:
    """Print the history of a unit, or of all that had the code; 1 if there is none."""
    from collector.commands import units_listing  # noqa: PLC0415
    from inventory.units.official import load_official  # noqa: PLC0415

    units = load_official()
    asked = options.unit.strip()
    chosen = [units.units[asked]] if asked in units.units else units.with_code(asked)
    if not chosen:
        print(
            f"không có đơn vị nào có mã {asked}: tìm theo tên bằng govnet units find",
            file=sys.stderr,
        )
        return 1
    if len(chosen) > 1:
        print(f"{len(chosen)} đơn vị đã hoặc đang mang mã {asked}:\n")
    print("\n\n".join(units_listing.history(units, unit) for unit in chosen))
    return 0
