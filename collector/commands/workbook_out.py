"""`govnet inventory template` and `export`: the inventory as an Excel workbook."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from collector.commands.arguments import Commands, Handler, add_command, add_inventory_option

if TYPE_CHECKING:
    from inventory.model import Inventory
    from inventory.workbook.writing.content import Content, Purpose

FILE_MODE = 0o644
"""Readable by whoever is to fill it in."""


def add(actions: Commands) -> None:
    """Add the commands of this file to the group `inventory`."""
    _add(
        actions,
        "template",
        "Write an Excel workbook to fill in: a row for every site, and for every unit without one.",
        template,
    )
    _add(
        actions,
        "export",
        "Write everything that is declared as an Excel workbook.",
        export,
    )


def _add(actions: Commands, name: str, text: str, handler: Handler) -> None:
    command = add_command(actions, name, text, handler)
    command.add_argument("file", metavar="FILE.xlsx", type=Path, help="what to write (required)")
    add_inventory_option(command)
    command.add_argument(
        "--force", action="store_true", help="overwrite a file that is there (default: refuse)"
    )


def template(options: argparse.Namespace) -> int:
    """Write the workbook to fill in, and say what it asks for."""
    from inventory.workbook.writing.content import Purpose  # noqa: PLC0415

    return _write(options, Purpose.TEMPLATE)


def export(options: argparse.Namespace) -> int:
    """Write the workbook of everything that is declared."""
    from inventory.workbook.writing.content import Purpose  # noqa: PLC0415

    return _write(options, Purpose.EXPORT)


def _write(options: argparse.Namespace, purpose: "Purpose") -> int:
    from govnet.disk import replace_file  # noqa: PLC0415
    from govnet.errors import ConfigError, GovnetError  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415
    from inventory.workbook.writing.content import content  # noqa: PLC0415
    from inventory.workbook.writing.write import workbook  # noqa: PLC0415
    from inventory.workbook.written import read_written  # noqa: PLC0415

    path: Path = options.file
    if path.suffix.casefold() != ".xlsx":
        raise ConfigError([f"{path}: expected the name of a workbook like sites.xlsx"])
    if path.exists() and not options.force:
        raise ConfigError([f"{path}: is there already; another name, or --force to overwrite it"])
    inventory = load(options.inventory)
    written = read_written(options.inventory)
    what = content(inventory, written, purpose)
    now = datetime.now(ZoneInfo(inventory.province.timezone))
    made = workbook(inventory, written, what, now)
    try:
        replace_file(path, made, mode=FILE_MODE)
    except OSError as exc:
        raise GovnetError(f"{path} cannot be written: {exc.strerror}") from exc
    print("\n".join((f"Đã ghi {path}:", *_told(inventory, what, path, purpose))))
    return 0


def _told(inventory: "Inventory", what: "Content", path: Path, purpose: "Purpose") -> Iterator[str]:
    """Yield what stands in the workbook and what is to be done with it."""
    from inventory.workbook.columns import sheets  # noqa: PLC0415
    from inventory.workbook.writing.content import Purpose, lacking, proposed_sites  # noqa: PLC0415

    proposed = len(proposed_sites(inventory, what))
    for sheet in sheets(inventory):
        line = f"  {len(what[sheet.key]):>6}  dòng ở tờ {sheet.title}"
        if sheet.key == "sites" and proposed:
            line += f" ({proposed} điểm đề xuất cho đơn vị chưa có điểm)"
        yield line
    if purpose is Purpose.EXPORT:
        return
    lacks = [f"{name} {count}" for name, count in lacking(what)]
    if lacks:
        yield f"Số điểm còn thiếu: {', '.join(lacks)}."
    yield f"Điền tờ Điểm trước, rồi chạy: govnet inventory import {path}"
