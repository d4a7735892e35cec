"""What the commands that write into the inventory share: show what changes, ask, write."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from collector.commands.confirm import is_confirmed

if TYPE_CHECKING:
    # Commands that need neither shall not load them.
    from inventory.editing.apply import Edited
    from inventory.model import Inventory


def add_yes(command: argparse.ArgumentParser) -> None:
    """Add `--yes`."""
    command.add_argument(
        "--yes",
        action="store_true",
        help="write without asking; needed where nobody can be asked (default: ask)",
    )


def show(before: "Inventory", after: "Inventory", edits: "Sequence[Edited]") -> None:
    """Print what the edits change, and in which files."""
    from inventory.difference.compare import difference  # noqa: PLC0415
    from inventory.difference.lines import lines  # noqa: PLC0415

    files = ", ".join(edit.path.as_posix() for edit in edits)
    print("\n".join([*lines(difference(before, after)), f"Sửa trong: {files}"]))


def write_if_wanted(edits: "Sequence[Edited]", *, unasked: bool) -> bool:
    """Write the edits unless a person says no; return whether they were written."""
    from inventory.editing.disk import write  # noqa: PLC0415

    if not unasked and not is_confirmed():
        print("Chưa ghi gì.")
        return False
    write(edits)
    print("Đã ghi. Để trung tâm dùng: govnet reload")
    return True
