"""The API's paths of planned work and announced power cuts: their records and their handlers."""

from enum import StrEnum
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.accounts.desk import DeskFor
from collector.accounts.narrowed import book_for
from collector.accounts.viewer import viewer_of
from collector.maintenance.desk import Desk
from collector.maintenance.mistakes import Mistake, MistakesError
from collector.maintenance.records import (
    OPEN_SECONDS,
    Book,
    Entry,
    Notice,
    Planned,
    entry_id,
    notice_id,
)
from collector.request_body import small_body
from collector.web.answers import Mistakes
from govnet.errors import WireError

_UNPROCESSABLE = 422

Asked = TypeVar("Asked")


class Action(StrEnum):
    """What can be done with a notice (`n3`): confirm, reject; with an entry (`12`): end."""

    CONFIRM = "confirm"
    REJECT = "reject"
    END = "end"


class MaintenanceChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done; without sites: of `confirm` the only candidate, of `reject` all."""

    action: Action
    sites: list[str] = []


class WaitingNotice(msgspec.Struct, frozen=True, kw_only=True):
    """An announced power cut of which nobody has said yet which sites it reaches."""

    id: str
    area: str
    start: float
    end: float
    reason: str
    source: str
    proposals: list[Entry]


class MaintenanceList(msgspec.Struct, frozen=True):
    """What is planned and what waits; `past` has entries that are over, ended or rejected."""

    entries: list[Entry]
    notices: list[WaitingNotice]
    past: list[Entry]


class MaintenanceChanged(msgspec.Struct, frozen=True):
    """The entries that were changed, as they are now."""

    entries: list[Entry]


def maintenance_list(book: Book, at: float) -> MaintenanceList:
    """Return the whole book as of that moment."""
    entries = book.confirmed(at)
    notices = book.open_notices(at - OPEN_SECONDS)
    shown = {entry.id for entry in entries}
    shown |= {entry.id for notice in notices for entry in book.of_notice(notice.id)}
    past = [entry for entry in book.entries if entry.id not in shown]
    return MaintenanceList(list(entries), [_waiting(book, one) for one in notices], past)


def _waiting(book: Book, notice: Notice) -> WaitingNotice:
    return WaitingNotice(
        id=notice.name,
        area=notice.area,
        start=notice.start,
        end=notice.end,
        reason=notice.reason,
        source=notice.source,
        proposals=list(book.of_notice(notice.id)),
    )


class MaintenanceHandlers:
    """The handlers; `collector.web.api.Api` is one."""

    _desk: Desk

    async def maintenance(self, request: Request) -> Response:
        """List what is planned, what waits for somebody, and what is over."""
        book = book_for(viewer_of(request), self._desk.book())
        return _json(maintenance_list(book, self._desk.wall()))

    async def add_maintenance(self, request: Request) -> Response:
        """Enter planned work, confirmed at once."""
        planned = await _asked(request, Planned)
        try:
            made = await DeskFor(self._desk, viewer_of(request)).add(planned)
        except MistakesError as exc:
            return _refused(exc)
        return self._changed(made)

    async def change_maintenance(self, request: Request) -> Response:
        """Confirm or reject a notice, end an entry."""
        name = request.path_params["id"]
        if notice_id(name) is None and entry_id(name) is None:
            raise WireError("not_found", "no such notice (n3) or entry (12)")
        change = await _asked(request, MaintenanceChange)
        desk = DeskFor(self._desk, viewer_of(request))
        try:
            match change.action:
                case Action.CONFIRM:
                    made = await desk.confirm(name, change.sites)
                case Action.REJECT:
                    made = await desk.reject(name, change.sites)
                case Action.END:
                    made = await desk.end(name)
        except MistakesError as exc:
            return _refused(exc)
        return self._changed(made)

    def _changed(self, numbers: list[int]) -> Response:
        entries = self._desk.book().entries
        return _json(MaintenanceChanged([one for one in entries if one.id in set(numbers)]))


async def _asked(request: Request, kind: type[Asked]) -> Asked:
    """Read a JSON body; raises WireError: body_too_large, bad_json, bad_schema."""
    body = await small_body(request)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as exc:
        raise WireError("bad_schema", str(exc)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise WireError("bad_json", str(exc)) from exc


def _refused(error: MistakesError) -> Response:
    missing: tuple[str, ...] = ("no_entry", "no_notice")
    found: list[Mistake] = [one for one in error.mistakes if one.code in missing]
    if found:
        raise WireError("not_found", "; ".join(error.problems))
    return _json(Mistakes("bad_maintenance", error.problems), _UNPROCESSABLE)


def _json(answer: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")
