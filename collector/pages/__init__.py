"""The web pages: server-rendered, Vietnamese, no script needed, nothing from outside.

Who may see them is decided in `collector.web.api`; what they say is built by pure functions, one
file per page.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from collector.intake.limits import Failures
from collector.live import Live
from collector.maintenance.desk import Desk
from collector.pages import now
from collector.pages.conference_routes import ConferenceRoutes
from collector.pages.maintenance_routes import MaintenanceRoutes
from collector.pages.room import RoomRoutes
from collector.readiness.desk import ConferenceDesk
from collector.readiness.links import PATH as ROOM_PATH

__all__ = ["ROOM_PATH", "STATIC_PATH", "message", "routes"]

_FOLDER = Path(__file__).parent

STATIC_PATH = "/static/"
"""Style sheets; public, since the sign-in page needs them too."""

FOREIGN_TITLE = "Không thực hiện được"
FOREIGN_FORM = "Yêu cầu này không đến từ trang của trung tâm. Hãy mở lại trang và làm lại ở đó."
NO_CONFERENCE = ("Không có cuộc họp này", "Có thể cuộc họp đã bị xoá khỏi danh mục.")
NO_ROOM = (
    "Liên kết không dùng được",
    "Liên kết không đúng, đã hết hạn, hoặc cuộc họp đã huỷ.",
    "Hãy gọi trung tâm để nhận liên kết mới.",
)
_FORBIDDEN, _NOT_FOUND = 403, 404

_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def routes(
    live: Live, desk: Desk, conferences: ConferenceDesk, failures: Failures, url: str | None
) -> list[BaseRoute]:
    """Return the pages' routes; `url` is how clients reach us, if it is configured.

    Those below `ROOM_PATH` are for whoever has a room's link; all others need a session.
    """

    def foreign() -> Response:
        return message(live, FOREIGN_TITLE, (FOREIGN_FORM,), status=_FORBIDDEN)

    async def show_now(request: Request) -> Response:
        asked = request.query_params
        page = now.build(
            live.inventory,
            live.verdicts,
            live.coverage,
            asked.get("q", "").strip(),
            asked.get("status", ""),
            pending=live.registry.pending(),
            cloned=live.registry.quarantined(live.verdicts.judged_at),
        )
        return _rendered("now.html", live, page=page)

    planned = MaintenanceRoutes(
        desk,
        url,
        lambda page, status: _rendered("maintenance.html", live, status, page=page),
        foreign,
    )
    meetings = ConferenceRoutes(
        conferences,
        url,
        render_list=lambda page, status: _rendered("conferences.html", live, status, page=page),
        render_board=lambda page, status: _rendered("conference.html", live, status, page=page),
        foreign=foreign,
        missing=lambda: message(live, NO_CONFERENCE[0], NO_CONFERENCE[1:], status=_NOT_FOUND),
        cases=live.judgement.record.book.cases,
    )
    rooms = RoomRoutes(
        conferences,
        failures,
        url,
        render=lambda page, status: _rendered("room.html", live, status, page=page),
        refused=lambda: message(live, NO_ROOM[0], NO_ROOM[1:], status=_NOT_FOUND),
        foreign=foreign,
    )
    return [
        Route("/", show_now),
        *planned.routes(),
        *meetings.routes(),
        *rooms.routes(),
        Mount(STATIC_PATH.rstrip("/"), StaticFiles(directory=_FOLDER / "static")),
    ]


def message(live: Live, title: str, lines: tuple[str, ...], status: int) -> Response:
    """Return a page that says one thing, such as that one must sign in."""
    return _rendered("message.html", live, status, title=title, lines=lines)


def _rendered(template: str, live: Live, status: int = 200, **values: object) -> Response:
    province = live.inventory.province
    text = _TEMPLATES.get_template(template).render(
        province=province.name, operator=province.operator, **values
    )
    return HTMLResponse(text, status)
