"""The API's paths of outages and availability: their handlers."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.maintenance.desk import Desk
from collector.maintenance.windows import windows_of
from collector.store.worker import StoreWorker
from collector.verdict.outages.expected import Month
from collector.verdict.outages.find import LIMIT, MAX_LIMIT, Wanted, find, one
from collector.verdict.outages.handling import Said, problems, say
from collector.verdict.outages.month import By, rows
from collector.verdict.outages.report import MonthTold, gather, tell
from collector.verdict.outages.shown import OutageDetail, listed, shown
from govnet.errors import ConfigError, WireError
from inventory.calendar import Schedule

MAX_BODY_BYTES: Final = 64 << 10
_YES: Final = {"1": True, "true": True, "0": False, "false": False}


class OutageHandlers:
    """The handlers; `collector.web.api.Api` is one."""

    _live: Live
    _desk: Desk
    _worker: StoreWorker
    _wall: Callable[[], float]
    _counting: asyncio.Lock
    """A month costs seconds: they are counted one after the other."""

    async def outages(self, request: Request) -> Response:
        """List outages, the newest first."""
        wanted, viewer = _wanted(request.query_params), viewer_of(request)
        for named in (wanted.site, wanted.item):
            if named is not None:
                viewer.require(named)
        wanted = msgspec.structs.replace(wanted, sites=viewer.sites)
        more = msgspec.structs.replace(wanted, limit=wanted.limit + 1)
        return _json(listed(await self._worker.run(find, more), wanted.limit))

    async def outage(self, request: Request) -> Response:
        """Show one outage with what was believed of it."""
        return _json(await self._detail(request))

    async def change_outage(self, request: Request) -> Response:
        """Acknowledge, assign, note; set or confirm the cause."""
        number = _number(request.path_params["number"])
        said = await _said(request)
        await self._detail(request)
        if wrong := problems(said):
            raise WireError("bad_request", "; ".join(wrong))
        await self._worker.run(say, [number], said, viewer_of(request).who, self._wall())
        return _json(await self._detail(request))

    async def _detail(self, request: Request) -> OutageDetail:
        found = await self._worker.run(one, _number(request.path_params["number"]))
        if found is None:
            raise WireError("not_found", "no such outage")
        case, beliefs = found
        viewer_of(request).require(case.outage.site)
        return OutageDetail(shown(case), beliefs)

    async def availability(self, request: Request) -> Response:
        """Tell how long everything worked in a month."""
        now, inventory = self._wall(), self._live.inventory
        query = request.query_params
        try:
            month = Month.parse(query.get("month") or self._month(now))
            by = By(query.get("by", By.SITE))
        except ConfigError as exc:
            raise WireError("bad_request", "; ".join(exc.problems)) from exc
        except ValueError as exc:
            raise WireError("bad_request", f"by: expected one of {', '.join(By)}") from exc
        viewer = viewer_of(request)
        if by is By.CARRIER:
            viewer.require_all("availability of carriers")
        windows = windows_of(self._desk.book().entries)
        async with self._counting:
            known = await self._worker.run(
                gather, month, inventory=inventory, windows=windows, now=now
            )
            made = None
            if known is not None:
                made = await asyncio.to_thread(
                    rows, inventory, Schedule(inventory), month, known, by
                )
            told = await self._worker.run(tell, month, by, made, inventory=inventory, now=now)
        return _json(self._narrowed(viewer, told))

    def _narrowed(self, viewer: Viewer, told: MonthTold) -> MonthTold:
        """Leave out what the viewer does not see; of units those that use a site that they see."""
        if viewer.sites is None:
            return told
        inventory = self._live.inventory
        zone = ZoneInfo(inventory.province.timezone)
        day = datetime.fromtimestamp(self._wall(), zone).date()
        sites = [inventory.sites[site] for site in viewer.sites if site in inventory.sites]
        units = {site.unit_on(day) for site in sites}
        return msgspec.structs.replace(
            told,
            rows=[
                row
                for row in told.rows
                if (row.id in units if told.by is By.UNIT else viewer.sees(row.id))
            ],
        )

    def _month(self, now: float) -> str:
        return Month.at(now, self._live.inventory.province.timezone)


def _wanted(query: Mapping[str, str]) -> Wanted:
    """Read a search; raises WireError with everything that is wrong."""
    wrong: list[str] = []

    def read(name: str, expected: str, convert: Callable[[str], Any], default: Any) -> Any:
        text = query.get(name)
        if text is None:
            return default
        try:
            return convert(text)
        except (ValueError, KeyError):
            wrong.append(f"{name}: expected {expected}, got {text!r}")
            return default

    wanted = Wanted(
        is_open=read("open", "1 or 0", _YES.__getitem__, default=False),
        since=read("since", "Unix seconds", _seconds, None),
        site=query.get("site"),
        item=query.get("item"),
        before=read("before", "the number of an outage", _positive, None),
        is_withdrawn=read("withdrawn", "1 or 0", _YES.__getitem__, default=False),
        limit=read("limit", f"1 to {MAX_LIMIT}", _limit, LIMIT),
    )
    if wrong:
        raise WireError("bad_request", "; ".join(wrong))
    return wanted


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < 1e12:  # noqa: PLR2004 - far beyond any clock; refuses inf and nan
        raise ValueError
    return seconds


def _positive(text: str) -> int:
    number = int(text)
    if not 0 < number < 1 << 62:
        raise ValueError
    return number


def _limit(text: str) -> int:
    number = _positive(text)
    if number > MAX_LIMIT:
        raise ValueError
    return number


def _number(text: str) -> int:
    try:
        return _positive(text)
    except ValueError as exc:
        raise WireError("not_found", "no such outage") from exc


async def _said(request: Request) -> Said:
    """Read what somebody says; raises WireError: body_too_large, bad_json, bad_schema."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise WireError("body_too_large", f"expected at most {MAX_BODY_BYTES} bytes")
    try:
        return msgspec.json.decode(bytes(body), type=Said)
    except msgspec.ValidationError as exc:
        raise WireError("bad_schema", str(exc)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise WireError("bad_json", str(exc)) from exc


def _json(answer: object) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
