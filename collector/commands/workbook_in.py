"""`govnet inventory import`: a filled-in Excel workbook -> the inventory's files."""

import argparse
import sys
from pathlib import Path

from collector.commands.arguments import Commands, add_command, add_inventory_option
from collector.commands.edits import add_yes, show, write_if_wanted
from govnet.errors import ConfigError

_MISTAKEN = (
    "Chưa ghi gì: còn {number} chỗ sai. Mỗi dòng: tờ!ô, cột, cần gì (expected), đang có gì (got)."
    " Sửa hết trong file rồi nhập lại."
)


def add(actions: Commands) -> None:
    """Add the commands of this file to the group `inventory`."""
    command = add_command(
        actions,
        "import",
        "Take in a filled-in workbook: show what it changes, ask, write.",
        import_workbook,
    )
    command.description = (
        "Take in a filled-in workbook: show what it changes, ask, write. Mistakes are named as "
        "sheet!cell, and while there is one nothing is written."
    )
    command.add_argument(
        "file",
        metavar="FILE.xlsx",
        type=Path,
        help="a workbook of `govnet inventory template` or `export` (required)",
    )
    add_inventory_option(command)
    command.add_argument(
        "--dry-run", action="store_true", help="only show what would change (default: no)"
    )
    add_yes(command)


def import_workbook(options: argparse.Namespace) -> int:
    """Show what a workbook changes, ask, and write it."""
    from inventory.workbook.importing.take_in import take_in  # noqa: PLC0415

    file: Path = options.file
    content = _content(file)
    try:
        taken = take_in(content, file.name, options.inventory)
    except ConfigError as exc:
        print(_MISTAKEN.format(number=len(exc.problems)), file=sys.stderr)
        raise
    for note in taken.notes:
        print(note, file=sys.stderr)
    if not taken.edits:
        print("Không có gì thay đổi.")
        return 0
    show(taken.before, taken.after, taken.edits)
    if options.dry_run:
        print("Chạy thử: chưa ghi gì.")
        return 0
    return 0 if write_if_wanted(taken.edits, unasked=options.yes) else 1


def _content(file: Path) -> bytes:
    from inventory.workbook.reading.package import MAX_FILE_BYTES  # noqa: PLC0415

    try:
        with file.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as exc:
        raise ConfigError([f"{file}: cannot be read: {exc.strerror or exc}"]) from exc
