"""Which dashboards there are, in which folder of Grafana, and the files that hold them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dashboards.source.boards import (
    alerts,
    campus,
    fiber,
    field,
    lan,
    machines,
    own,
    points,
    province,
    services,
    unit,
)
from dashboards.source.grafana import Board

ROOT: Final = Path(__file__).parents[1]
"""The folder `dashboards/`: what Grafana's provider reads."""

FOLDERS: Final[Mapping[str, tuple[Board, ...]]] = {
    "Toàn tỉnh": (province.board(), unit.board(), alerts.board()),
    "Mạng": (fiber.board(), lan.board()),
    "Máy và thiết bị": (machines.board(), field.board(), campus.board()),
    "Họp và hệ thống": (points.board(), services.board()),
    "govnet": (own.board(),),
}
"""By the title of the folder, which is the name of the directory."""


def texts() -> Iterator[tuple[Path, str]]:
    """Yield each dashboard's file and what it must hold."""
    for folder, boards in FOLDERS.items():
        for board in boards:
            text = json.dumps(board.made(), ensure_ascii=False, indent=2) + "\n"
            yield ROOT / folder / f"{board.uid.removeprefix('govnet-')}.json", text


def found() -> list[Path]:
    """Return the files of dashboards that are there."""
    return sorted(ROOT.glob("*/*.json"))


def write() -> list[Path]:
    """Write all dashboards, take away what is none any more; return the files written."""
    wanted = dict(texts())
    for path in found():
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(wanted)
