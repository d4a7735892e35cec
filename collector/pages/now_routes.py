"""The first page: shown, and what is said about outages and asked of sites by its forms."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.accounts.narrowed import coverage_for, verdicts_for
from collector.accounts.viewer import Viewer, viewer_of
from collector.alerts.digest import Known
from collector.alerts.digest_source import recent
from collector.intake.limits import RateLimitedError
from collector.live import Live
from collector.pages import now, now_changes, now_map, now_outages, now_storm
from collector.pages.forms import OWN_REFERRER, Form, first, hosts_of, is_same_origin, read_form
from collector.pages.now import NowPage
from collector.pages.now_asked import MAP_OUTLINE, Asked
from collector.pages.now_changes import Changes
from collector.pages.now_map import Cluster, Outline
from collector.pages.now_outages import OutageCards
from collector.pages.now_storm import Storm
from collector.rechecks import ROUND_SECONDS
from collector.site_check import check_site
from collector.store.worker import StoreWorker
from collector.verdict.coverage import Coverage
from collector.verdict.outages.find import one
from collector.verdict.outages.handling import MAX_NOTE, MAX_WORD, Said, problems, say
from collector.verdict.outages.records import Case
from collector.verdict.verdicts import Verdicts
from govnet.catalogue import CAUSES
from govnet.errors import WireError
from inventory.model import Inventory

PATH: Final = "/"
KEPT_SECONDS: Final = 5.0
"""So long what changed since a moment is not read again: open pages ask every few seconds."""
MOST_KEPT: Final = 16
_SEE_OTHER, _UNPROCESSABLE, _TOO_MANY = 303, 422, 429
_MOST_DIGITS: Final = 18

ACKNOWLEDGED: Final = "ack"
DONE_WORDS: Final = {
    ACKNOWLEDGED: "Đã ghi: có người nhận việc.",
    "unack": "Đã bỏ ghi nhận việc.",
    "say": "Đã ghi.",
    "same": "Không có gì thay đổi.",
    "check": "Đã yêu cầu kiểm tra lại; kết quả có sau khoảng {seconds} giây.",
}
"""What was done -> what the page says about it."""
TOO_LONG: Final = (
    f"Người nhận việc và số phiếu dài tối đa {MAX_WORD} ký tự, ghi chú {MAX_NOTE} ký tự, "
    "mỗi ô một dòng."
)
CHECKED_LATELY: Final = "Vừa có yêu cầu kiểm tra. Hãy thử lại sau {0} giây."
NOBODY_LOOKS: Final = "Chưa có tác tử nào kiểm tra điểm này nên không kiểm tra lại được."


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the templates print; of `tiles` and `outline` only the chosen map is made."""

    page: NowPage
    tiles: tuple[Cluster, ...]
    outline: Outline | None
    outages: OutageCards
    storms: tuple[Storm, ...]
    changes: Changes
    may_change: bool
    done: str = ""
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known at one moment, as far as somebody sees it; `everywhere`: of the province."""

    inventory: Inventory
    verdicts: Verdicts
    coverage: Coverage
    everywhere: Coverage
    cases: tuple[Case, ...]
    known: list[Known]
    pending: int
    cloned: int


Render = Callable[[Viewer, Shown, int], Response]


class _RefusedError(Exception):
    """Why a form was not followed, in words, with the status of the answer."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


class NowRoutes:
    """Handlers of the page; `render` prints it, `foreign` answers a form of another site."""

    def __init__(
        self,
        live: Live,
        worker: StoreWorker,
        *,
        wall: Callable[[], float],
        url: str | None,
        render: Render,
        foreign: Callable[[], Response],
    ) -> None:
        self._live = live
        self._worker = worker
        self._wall = wall
        self._url = url
        self._render = render
        self._foreign = foreign
        self._known: dict[float, tuple[float, list[Known]]] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.change, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the province, or the part of it that somebody sees."""
        given = request.query_params
        return await self._shown(viewer_of(request), Asked.read(given), done=given.get("done", ""))

    async def change(self, request: Request) -> Response:
        """Do what a form asks for, and show the page again."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        form, viewer = await read_form(request), viewer_of(request)
        asked = Asked.read(dict(parse_qsl(first(form, "back"))))
        try:
            done = await self._done(form, viewer)
        except _RefusedError as exc:
            return await self._shown(viewer, asked, mistake=exc.words, status=exc.status)
        anchor = f"outage-{first(form, 'number')}" if first(form, "number") else ""
        return RedirectResponse(asked.href(done=done, w="", anchor=anchor), _SEE_OTHER)

    async def _done(self, form: Form, viewer: Viewer) -> str:
        """Do it; return the word for it. Raises _RefusedError, WireError."""
        match first(form, "action"):
            case "ack":
                return await self._say(viewer, form, Said(acknowledged=True), ACKNOWLEDGED)
            case "unack":
                return await self._say(viewer, form, Said(acknowledged=False), "unack")
            case "say":
                said = Said(
                    assignee=first(form, "assignee"),
                    ticket=first(form, "ticket"),
                    note=first(form, "note"),
                    cause=first(form, "cause"),
                )
                return await self._say(viewer, form, said, "say")
            case "check":
                return self._check(viewer, first(form, "site"))
            case _:
                raise WireError("bad_request", "expected a form of the page")

    async def _say(self, viewer: Viewer, form: Form, said: Said, done: str) -> str:
        number = _number(first(form, "number"))
        found = await self._worker.run(one, number)
        if found is None:
            raise WireError("not_found", "no such outage")
        viewer.require(found[0].outage.site)
        said = _news(found[0], said)
        if said == Said():
            return "same"
        if said.cause and said.cause not in CAUSES:
            raise WireError("bad_request", "expected a cause of the form")
        if problems(said):
            raise _RefusedError(TOO_LONG, _UNPROCESSABLE)
        book = self._live.judgement.record.book
        numbers = [number]
        if said.acknowledged is not None:
            # Who looks after a site looks after what failed with it.
            numbers += [part.outage.number for part in now_outages.parts_of(number, book.cases())]
        cases = await self._worker.run(say, numbers, said, viewer.who, self._wall())
        # At once, and not with the next judgement: the page is shown again now.
        book.handled({case.outage.number: case.handling for case in cases})
        return done

    def _check(self, viewer: Viewer, site: str) -> str:
        viewer.require(site)
        at = self._wall()
        try:
            check_site(self._live, site, at, at, viewer.who)
        except RateLimitedError as exc:
            seconds = math.ceil(exc.retry_seconds)
            raise _RefusedError(CHECKED_LATELY.format(seconds), _TOO_MANY) from exc
        except WireError as exc:
            if exc.reason != "not_found":
                raise
            raise _RefusedError(NOBODY_LOOKS, _UNPROCESSABLE) from exc
        return "check"

    async def _shown(
        self, viewer: Viewer, asked: Asked, *, done: str = "", mistake: str = "", status: int = 200
    ) -> Response:
        live = self._live
        inventory, at = live.inventory, live.verdicts.judged_at
        since, wrong = now_changes.since_of(asked.since, at, inventory.province.timezone)
        known = await self._recent(since)
        # All is of one moment, in records of its own: the judge goes on beside.
        verdicts = verdicts_for(viewer, live.verdicts)
        seen = _Seen(
            inventory,
            msgspec.structs.replace(verdicts, sites=dict(verdicts.sites)),
            coverage_for(viewer, live.coverage),
            live.coverage,
            live.judgement.record.book.cases(),
            known,
            pending=live.registry.pending if viewer.sees_all else 0,
            cloned=live.registry.quarantined(at) if viewer.sees_all else 0,
        )

        def made() -> Response:
            shown = _built(viewer, asked, seen, since, done=done, mistake=mistake, wrong=wrong)
            return self._render(viewer, shown, status)

        # Of thousands of sites that takes a second, and reports go on meanwhile.
        response = await asyncio.to_thread(made)
        response.headers.update(OWN_REFERRER)
        return response

    async def _recent(self, since: float) -> list[Known]:
        """Return the outages of which something is so or was learnt since then."""
        asked_at = time.monotonic()
        kept = self._known.get(since)
        if kept is not None and asked_at - kept[0] < KEPT_SECONDS:
            return kept[1]
        found = await self._worker.run(recent, since)
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[since] = (asked_at, found)
        return found


def _built(
    viewer: Viewer,
    asked: Asked,
    seen: _Seen,
    since: float,
    *,
    done: str,
    mistake: str,
    wrong: str,
) -> Shown:
    """Return all that the page prints; `wrong` says why the asked moment is none."""
    inventory, verdicts, coverage = seen.inventory, seen.verdicts, seen.coverage
    is_outline = asked.map == MAP_OUTLINE
    seconds = round(inventory.report_interval_seconds + ROUND_SECONDS)
    return Shown(
        now.build(
            inventory,
            verdicts,
            coverage,
            asked,
            pending=seen.pending,
            cloned=seen.cloned,
            everywhere=seen.everywhere,
        ),
        ()
        if is_outline
        else now_map.tiles(inventory, verdicts, coverage, is_worst_first=asked.is_wall),
        now_map.outline(verdicts, coverage) if is_outline else None,
        now_outages.build(inventory, seen.cases, asked, verdicts.judged_at, viewer.sees),
        now_storm.build(
            inventory, verdicts, [case for case in seen.cases if viewer.sees(case.outage.site)]
        ),
        now_changes.build(
            inventory, seen.known, since, verdicts.judged_at, mistake=wrong, sees=viewer.sees
        ),
        viewer.may_change,
        done=DONE_WORDS.get(done, "").format(seconds=seconds),
        mistake=mistake,
    )


def _news(case: Case, said: Said) -> Said:
    """Return what of it is not so already: only that is written down."""
    handling = case.handling
    kept: dict[str, str] = {}
    for name in ("assignee", "ticket", "note"):
        text = getattr(said, name)
        if text is not None and text != getattr(handling, name):
            kept[name] = text
    if said.cause is not None and said.cause != (handling.cause or ""):
        kept["cause"] = said.cause
    is_acknowledged = handling.acknowledged_at is not None
    acknowledged = None if said.acknowledged in {None, is_acknowledged} else said.acknowledged
    return Said(acknowledged=acknowledged, **kept)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise WireError("not_found", "no such outage")
    return int(text)
