"""`govnet init`: the first inventory of a province, to be filled in."""

import argparse
import socket
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.commands.arguments import Commands, add_command
from govnet.errors import ConfigError

OPTIONS = "collector.toml"
_SERVE = f"govnet serve --config {OPTIONS}"
_NAMED = 5
"""How many files of a folder that is not empty are named."""
_MINE = {".git"}
"""What may stand in the folder before: a repository that was made for the inventory."""
_DESCRIPTION = (
    "Write the first inventory of a province: its communes of today with their official codes, "
    "those before July 2025, calendars, profiles, and what to fill in next (README.md). "
    "The folder must be empty; nothing is ever overwritten."
)


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands, "init", "Write the first inventory of a province, to be filled in.", init
    )
    command.description = _DESCRIPTION
    command.add_argument(
        "--province",
        metavar="CODE_OR_NAME",
        required=True,
        help='the province of today: its official code like 19, or its name like "thai nguyen"'
        " (required)",
    )
    command.add_argument(
        "--centre-machine",
        metavar="NAME",
        help="host name of the machine on which the centre's agent will run"
        " (default: this machine's)",
    )
    command.add_argument(
        "folder", type=Path, metavar="DIR", help="where to; made if need be (required)"
    )


def init(options: argparse.Namespace) -> int:
    """Write the files; say what comes next."""
    from inventory.problems import shown  # noqa: PLC0415
    from inventory.starting.files import starting_files  # noqa: PLC0415
    from inventory.starting.province import find_province  # noqa: PLC0415
    from inventory.units.official import load_official  # noqa: PLC0415

    official = load_official()
    province = find_province(official, options.province)
    folder: Path = options.folder
    _refuse_what_is_there(folder)
    machine = options.centre_machine or socket.gethostname()
    if not machine.isprintable():
        raise ConfigError([f"--centre-machine: expected a host name, got {shown(machine)}"])
    start = starting_files(
        official,
        province,
        machine,
        datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date(),
    )
    files = dict(start.files)
    # Of an installed centre: another one in here would be the wrong one.
    is_installed = (folder.resolve().parent / OPTIONS).is_file()
    if is_installed:
        del files[OPTIONS]
    for name, content in files.items():
        _write(folder / name, content)
    print(
        f"{province.newest.name} ({province.newest.code}): {start.communes} xã, phường, đặc khu, "
        f"{start.former_communes} đơn vị cấp xã cũ; đã ghi {len(files)} file vào {folder}"
    )
    print(_next_steps(folder, "systemctl start govnet" if is_installed else _SERVE))
    return 0


def _next_steps(folder: Path, start: str) -> str:
    return "\n".join(
        (
            "Việc tiếp theo / next (README.md nói đủ / says it all):",
            f"  cd {folder}",
            "  grep -rn SỬA .                         # số tạm cần thay / placeholders",
            "  govnet inventory template sites.xlsx   # điền bảng / fill it in, rồi / then:",
            "  govnet inventory import sites.xlsx",
            "  govnet tls init --name TÊN-MÁY",
            f"  {start}",
        )
    )


def _refuse_what_is_there(folder: Path) -> None:
    """Raise ConfigError for a folder with anything in it, or what is no folder."""
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise ConfigError([f"{folder}: expected an empty folder, got a file"])
        found = sorted({path.name for path in folder.iterdir()} - _MINE)
    except OSError as exc:
        raise ConfigError([f"{folder}: cannot be read: {exc.strerror}"]) from exc
    if found:
        named = ", ".join(found[:_NAMED]) + (", …" if len(found) > _NAMED else "")
        problem = f"{folder}: expected an empty folder, got {len(found)} entries: {named}"
        raise ConfigError([f"{problem} (nothing was written)"])


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be written: {exc.strerror}"]) from exc
