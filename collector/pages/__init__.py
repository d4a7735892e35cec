"""The web pages: server-rendered, Vietnamese, no script needed, nothing from outside.

Who may see them is decided in `collector.web.api`; what they say is built by pure functions, one
file per page.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from collector.accounts.door import Door
from collector.accounts.passwords import MIN_LENGTH
from collector.accounts.viewer import Viewer
from collector.config.law import LawOptions
from collector.intake.limits import Failures
from collector.live import Live
from collector.maintenance.desk import Desk
from collector.pages.about_routes import AboutRoutes
from collector.pages.account_routes import AccountRoutes
from collector.pages.admin_routes import AdminRoutes
from collector.pages.conference_routes import ConferenceRoutes
from collector.pages.coverage_routes import CoverageRoutes
from collector.pages.differences_routes import DifferencesRoutes
from collector.pages.inventory_routes import InventoryRoutes
from collector.pages.links_routes import LinksRoutes
from collector.pages.log_routes import LogRoutes
from collector.pages.maintenance_routes import MaintenanceRoutes
from collector.pages.month_figures import MonthFigures
from collector.pages.now_routes import NowRoutes
from collector.pages.pulse_routes import PulseRoutes
from collector.pages.room import RoomRoutes
from collector.pages.runbook_routes import RunbookRoutes
from collector.pages.shown import whole
from collector.pages.site_routes import SiteRoutes
from collector.pages.units_routes import UnitsRoutes
from collector.readiness.desk import ConferenceDesk
from collector.series.quality import Kept
from collector.store.known_agents import Registry
from collector.store.worker import StoreWorker

_FOLDER = Path(__file__).parent

STATIC_PATH = "/static/"
"""Style sheets and scripts; public, since the sign-in page needs them too."""

FOREIGN_TITLE = "Không thực hiện được"
FOREIGN_FORM = "Yêu cầu này không đến từ trang của trung tâm. Hãy mở lại trang và làm lại ở đó."
NO_CONFERENCE = ("Không có cuộc họp này", "Có thể cuộc họp đã bị xoá khỏi danh mục.")
NO_ROOM = (
    "Liên kết không dùng được",
    "Liên kết không đúng, đã hết hạn, hoặc cuộc họp đã huỷ.",
    "Hãy gọi trung tâm để nhận liên kết mới.",
)
FORBIDDEN_TITLE = "Không có quyền"
FORBIDDEN_WHY = "Tài khoản này không được xem hoặc không được làm việc này."
FORBIDDEN_HOW = "Nếu cần, hãy hỏi người quản trị của hệ thống."
NO_SITE = ("Không có điểm này", "Danh mục không có điểm như vậy. Tìm theo tên ở trang Bây giờ.")
NO_UNIT = ("Không có đơn vị này", "Danh mục không có đơn vị như vậy. Tìm theo tên ở trang Đơn vị.")
NO_RUNBOOK = ("Không có trang này", "Sổ tay không có cảnh báo nào tên như vậy.")
_FORBIDDEN, _NOT_FOUND = 403, 404

_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["whole"] = whole


def routes(
    live: Live,
    desk: Desk,
    door: Door,
    url: str | None,
    *,
    conferences: ConferenceDesk,
    failures: Failures,
    worker: StoreWorker,
    registry: Callable[[], Registry],
    compare: Callable[[], Awaitable[None]],
    data: Path,
    law: LawOptions,
    signed_in: Callable[[Request], Awaitable[Viewer | None]],
    is_stopping: Callable[[], bool],
) -> list[BaseRoute]:
    """Return the pages' routes; `url` is how clients reach us, if it is configured.

    `registry` and `compare` are those of `DifferencesRoutes`, `signed_in` and `is_stopping` those
    of `PulseRoutes`; `data` is the collector's folder. What each page asks of whoever opens it
    stands in `collector.pages.rules`.
    """
    first = NowRoutes(
        live,
        worker,
        wall=desk.wall,
        url=url,
        render=lambda viewer, shown, status: _rendered(
            "wall.html" if shown.page.asked.is_wall else "now.html",
            live,
            viewer,
            status,
            shown=shown,
            page=shown.page,
        ),
        foreign=lambda: foreign(live),
    )
    planned = MaintenanceRoutes(
        desk,
        url,
        lambda viewer, page, status: _rendered("maintenance.html", live, viewer, status, page=page),
        lambda: foreign(live),
    )
    own = AccountRoutes(
        door,
        url,
        lambda: live.inventory,
        lambda viewer, page, status: _rendered("account.html", live, viewer, status, page=page),
        lambda: foreign(live),
    )
    meetings = ConferenceRoutes(
        conferences,
        url,
        render_list=lambda viewer, page, status: _rendered(
            "conferences.html", live, viewer, status, page=page
        ),
        render_board=lambda viewer, page, status: _rendered(
            "conference.html", live, viewer, status, page=page
        ),
        foreign=lambda: foreign(live),
        missing=lambda viewer: message(
            live, NO_CONFERENCE[0], NO_CONFERENCE[1:], _NOT_FOUND, viewer
        ),
        cases=live.judgement.record.book.cases,
    )
    rooms = RoomRoutes(
        conferences,
        failures,
        url,
        render=lambda page, status: _rendered("room.html", live, None, status, page=page),
        refused=lambda: message(live, NO_ROOM[0], NO_ROOM[1:], status=_NOT_FOUND),
        foreign=lambda: foreign(live),
    )
    compared = DifferencesRoutes(
        live=live,
        worker=worker,
        registry=registry,
        compare=compare,
        wall=desk.wall,
        url=url,
        render=lambda viewer, page, status: _rendered(
            "differences.html", live, viewer, status, page=page
        ),
        foreign=lambda: foreign(live),
    )
    kept = Kept()
    month = MonthFigures(worker, lambda: live.inventory, desk.book, desk.wall)
    one_site = SiteRoutes(
        live,
        desk,
        worker,
        kept,
        render=lambda viewer, page, status: _rendered("site.html", live, viewer, status, page=page),
        missing=lambda viewer: _missing(live, viewer, NO_SITE),
    )
    by_unit = UnitsRoutes(
        live,
        month,
        lambda viewer, page, status: _rendered("units.html", live, viewer, status, page=page),
        lambda viewer, page, status: _rendered("unit.html", live, viewer, status, page=page),
        lambda viewer: _missing(live, viewer, NO_UNIT),
    )
    lines = LinksRoutes(
        live,
        month,
        kept,
        lambda viewer, page, status: _rendered("links.html", live, viewer, status, page=page),
    )
    covered = CoverageRoutes(
        live, lambda viewer, page: _rendered("coverage.html", live, viewer, page=page)
    )
    stocked = InventoryRoutes(
        live,
        worker,
        desk.wall,
        lambda viewer, page: _rendered("inventory.html", live, viewer, page=page),
    )
    administered = AdminRoutes(
        live=live,
        worker=worker,
        registry=registry,
        compare=compare,
        wall=desk.wall,
        url=url,
        data=data,
        render=lambda viewer, page, status: _rendered(
            "admin.html", live, viewer, status, page=page
        ),
        foreign=lambda: foreign(live),
    )
    told = AboutRoutes(law, lambda viewer, page: _rendered("about.html", live, viewer, page=page))
    logged = LogRoutes(
        live, desk, worker, lambda viewer, page: _rendered("log.html", live, viewer, page=page)
    )
    handbook = RunbookRoutes(
        lambda viewer, page: _rendered("runbook.html", live, viewer, page=page),
        lambda viewer, page: _rendered("runbook_page.html", live, viewer, page=page),
        lambda viewer: _missing(live, viewer, NO_RUNBOOK),
    )
    return [
        *first.routes(),
        *PulseRoutes(live, signed_in, is_stopping).routes(),
        *one_site.routes(),
        *by_unit.routes(),
        *lines.routes(),
        *covered.routes(),
        *stocked.routes(),
        *logged.routes(),
        *handbook.routes(),
        *administered.routes(),
        *planned.routes(),
        *own.routes(),
        *told.routes(),
        *meetings.routes(),
        *rooms.routes(),
        *compared.routes(),
        Mount(STATIC_PATH.rstrip("/"), StaticFiles(directory=_FOLDER / "static")),
    ]


def message(
    live: Live, title: str, lines: tuple[str, ...], status: int, viewer: Viewer | None = None
) -> Response:
    """Return a page that says one thing."""
    return _rendered("message.html", live, viewer, status, title=title, lines=lines)


def _missing(live: Live, viewer: Viewer, what: tuple[str, str]) -> Response:
    """Return the answer to who asks for what does not exist."""
    title, why = what
    return message(live, title, (why,), _NOT_FOUND, viewer)


def foreign(live: Live) -> Response:
    """Return the answer to a form that comes from no page of ours."""
    return message(live, FOREIGN_TITLE, (FOREIGN_FORM,), status=_FORBIDDEN)


def forbidden(live: Live, viewer: Viewer) -> Response:
    """Return the answer to who may not see a page, or not do what its form asks."""
    seen = f"Bạn đang xem: {viewer.scope_name}." if viewer.scope_name else ""
    lines = tuple(line for line in (FORBIDDEN_WHY, seen, FORBIDDEN_HOW) if line)
    return message(live, FORBIDDEN_TITLE, lines, _FORBIDDEN, viewer)


def sign_in(
    live: Live, wrong: tuple[str, ...], name: str, next_page: str, *, done: str, status: int
) -> Response:
    """Return the form to sign in by; `name` and `next_page` go back with it."""
    return _rendered(
        "sign_in.html", live, None, status, wrong=wrong, name=name, next_page=next_page, done=done
    )


def password(live: Live, name: str, token: str, wrong: tuple[str, ...], status: int) -> Response:
    """Return the form of a link by which somebody chooses a password."""
    return _rendered(
        "password.html", live, None, status, name=name, token=token, wrong=wrong, least=MIN_LENGTH
    )


def _rendered(
    template: str, live: Live, viewer: Viewer | None, status: int = 200, **values: object
) -> Response:
    province = live.inventory.province
    text = _TEMPLATES.get_template(template).render(
        province=province.name, operator=province.operator, viewer=viewer, **values
    )
    return HTMLResponse(text, status)
