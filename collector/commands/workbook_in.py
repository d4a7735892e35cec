"""`govnet inventory import`: a filled-in Excel workbook -> the inventory's files."""

import argparse
import sys
from pathlib import Path

from collector.commands.arguments import Commands, add_command, add_inventory_option
from collector.commands.confirm import is_confirmed
from govnet.errors import ConfigError


def add(actions: Commands) -> None:
    """Add the commands of this file to the group `inventory`."""
    command = add_command(
        actions,
        "import",
        "Take in a filled-in workbook: show what it changes, ask, write. Mistakes are named as"
        " sheet!cell, and while there is one nothing is written.",
        import_workbook,
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
    command.add_argument(
        "--yes",
        action="store_true",
        help="write without asking; needed where nobody can be asked (default: ask)",
    )


def import_workbook(options: argparse.Namespace) -> int:
    """Show what a workbook changes, ask, and write it."""
    from inventory.difference import difference, lines  # noqa: PLC0415
    from inventory.editing.disk import write  # noqa: PLC0415
    from inventory.workbook.take_in import take_in  # noqa: PLC0415

    file: Path = options.file
    taken = take_in(_content(file), file.name, options.inventory)
    for note in taken.notes:
        print(note, file=sys.stderr)
    changes = difference(taken.before, taken.after)
    if not taken.edits:
        print("Không có gì thay đổi.")
        return 0
    files = ", ".join(edit.path.as_posix() for edit in taken.edits)
    print("\n".join([*lines(changes), f"Sửa trong: {files}"]))
    if options.dry_run:
        print("Chạy thử: chưa ghi gì.")
        return 0
    if not options.yes and not is_confirmed():
        print("Chưa ghi gì.")
        return 1
    write(taken.edits)
    print("Đã ghi. Để trung tâm dùng: govnet reload")
    return 0


def _content(file: Path) -> bytes:
    from inventory.workbook.package import MAX_FILE_BYTES  # noqa: PLC0415

    try:
        with file.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as exc:
        raise ConfigError([f"{file}: cannot be read: {exc.strerror or exc}"]) from exc
