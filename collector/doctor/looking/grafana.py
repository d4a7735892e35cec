"""Grafana as its own API tells it: which of our dashboards it has, and whether as shipped."""

from typing import Final

import msgspec

from collector.doctor.looking.asking import GARBAGE, Asking
from collector.doctor.looking.shipped import Board, board_of
from collector.doctor.options import GrafanaOptions
from govnet.errors import GovnetError

_NOT_FOUND: Final = 404


class Grafana(msgspec.Struct, frozen=True, kw_only=True):
    """What it told; `trouble` says why it tells nothing. Dashboards are named by their titles."""

    url: str
    trouble: str = ""
    missing: tuple[str, ...] = ()
    different: tuple[str, ...] = ()


def look(options: GrafanaOptions, boards: tuple[Board, ...]) -> Grafana | None:
    """Ask it for these dashboards, None if it is not known where."""
    if options.url is None:
        return None
    missing, different = [], []
    try:
        with Asking(options.url, options) as asking:
            for board in boards:
                path = f"/api/dashboards/uid/{board.uid}"
                if asking.get(path).status_code == _NOT_FOUND:
                    missing.append(board.title)
                elif board_of(asking.json(path)["dashboard"]).asks != board.asks:
                    different.append(board.title)
    except GovnetError as exc:
        return Grafana(url=options.url, trouble=str(exc))
    except GARBAGE as exc:
        why = f"trả lời không phải của Grafana: {type(exc).__name__}"
        return Grafana(url=options.url, trouble=why)
    return Grafana(url=options.url, missing=tuple(missing), different=tuple(different))
