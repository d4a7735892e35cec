"""The web pages: server-rendered, Vietnamese, no script needed, nothing from outside.

Who may see them is decided in `collector.web.api`; what they say is built by pure functions, one
file per page.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from collector.live import Live
from collector.maintenance.desk import Desk
from collector.pages import now
from collector.pages.differences_routes import DifferencesRoutes
from collector.pages.maintenance_routes import MaintenanceRoutes
from collector.store.known_agents import Registry
from collector.store.worker import StoreWorker

_FOLDER = Path(__file__).parent

STATIC_PATH = "/static/"
"""Style sheets; public, since the sign-in page needs them too."""

FOREIGN_TITLE = "Không thực hiện được"
FOREIGN_FORM = "Yêu cầu này không đến từ trang của trung tâm. Hãy mở lại trang và làm lại ở đó."
_FORBIDDEN = 403

_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def routes(
    live: Live,
    desk: Desk,
    url: str | None,
    *,
    worker: StoreWorker,
    registry: Callable[[], Registry],
    compare: Callable[[], Awaitable[None]],
) -> list[BaseRoute]:
    """Return the pages' routes; `url` is how clients reach us, if it is configured.

    `registry` and `compare` are those of `DifferencesRoutes`.
    """

    async def show_now(request: Request) -> Response:
        asked = request.query_params
        page = now.build(
            live.inventory,
            live.verdicts,
            live.coverage,
            asked.get("q", "").strip(),
            asked.get("status", ""),
            pending=live.registry.pending,
            cloned=live.registry.quarantined(live.verdicts.judged_at),
        )
        return _rendered("now.html", live, page=page)

    def foreign() -> Response:
        return message(live, FOREIGN_TITLE, (FOREIGN_FORM,), status=_FORBIDDEN)

    planned = MaintenanceRoutes(
        desk,
        url,
        lambda page, status: _rendered("maintenance.html", live, status, page=page),
        foreign,
    )
    compared = DifferencesRoutes(
        live=live,
        worker=worker,
        registry=registry,
        compare=compare,
        wall=desk.wall,
        url=url,
        render=lambda page, status: _rendered("differences.html", live, status, page=page),
        foreign=foreign,
    )
    return [
        Route("/", show_now),
        *planned.routes(),
        *compared.routes(),
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
