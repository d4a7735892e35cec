"""The API's paths of conferences: their records and their handlers."""

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.accounts.conferences import ConferencesFor
from collector.accounts.viewer import viewer_of
from collector.maintenance.mistakes import MistakesError
from collector.readiness.board import Standing
from collector.readiness.desk import ConferenceDesk
from collector.readiness.records import Asked, Meeting, Part, PointState
from collector.readiness.wording import sentence, whom_to_call
from collector.request_body import small_body
from collector.web.answers import Mistakes
from govnet.errors import WireError
from inventory.model import Inventory

_UNPROCESSABLE = 422
_MISSING = frozenset({"no_conference"})

Kind = TypeVar("Kind")


class ConferenceShown(msgspec.Struct, frozen=True):
    """A conference; times are Unix seconds, `platform` is "" where nobody said."""

    id: str
    title: str
    starts_at: float
    ends_at: float
    platform: str
    source: str
    points: int
    is_cancelled: bool


class ConferenceList(msgspec.Struct, frozen=True):
    """All conferences by their start."""

    conferences: list[ConferenceShown]


class AspectShown(msgspec.Struct, frozen=True):
    """One aspect of a point: good, risk, bad or unchecked, with its evidence in words."""

    aspect: str
    standing: str
    code: str
    vi: str
    en: str
    at: float | None


class PointShown(msgspec.Struct, frozen=True):
    """A point: ready, at_risk, not_ready or not_checked; `call` is empty while it is ready."""

    point: str
    site: str
    state: PointState
    call: str
    aspects: list[AspectShown]


class ConferenceDetail(msgspec.Struct, frozen=True):
    """A conference with every invited point, as of `at`."""

    conference: ConferenceShown
    at: float
    counts: dict[str, int]
    points: list[PointShown]


class ConferenceMade(msgspec.Struct, frozen=True):
    """The conference that was entered or changed."""

    conference: ConferenceShown


class PointsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which point is to be checked again; without one: all of them."""

    point: str = ""


class CheckPlanned(msgspec.Struct, frozen=True):
    """When the last of them is asked (Unix seconds); None where all were asked just now."""

    last_at: float | None


class TicksGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody says of a room: by part whether it is good."""

    point: str
    parts: dict[Part, bool]
    telephone: str = ""


class ConferenceHandlers:
    """The handlers; `collector.web.api.Api` is one."""

    _conferences: ConferenceDesk

    async def conferences(self, request: Request) -> Response:
        """List the conferences to which anything is invited that is seen."""
        return _json(ConferenceList([_shown(one) for one in self._for(request).meetings()]))

    def _for(self, request: Request) -> ConferencesFor:
        return ConferencesFor(self._conferences, viewer_of(request))

    async def add_conference(self, request: Request) -> Response:
        """Enter a conference."""
        asked = await _asked(request, Asked)
        try:
            name = await self._for(request).add(asked)
        except MistakesError as exc:
            return _refused(exc)
        return self._made(name)

    async def conference(self, request: Request) -> Response:
        """Show how every invited point stands."""
        desk = self._for(request)
        try:
            meeting = desk.meeting(request.path_params["id"])
        except MistakesError as exc:
            return _refused(exc)
        return _json(detail(self._conferences.inventory(), desk.stand(meeting)))

    async def cancel_conference(self, request: Request) -> Response:
        """Call a conference off."""
        name = request.path_params["id"]
        try:
            await self._for(request).cancel(name)
        except MistakesError as exc:
            return _refused(exc)
        return self._made(name)

    async def check_conference(self, request: Request) -> Response:
        """Have one point checked again, or all in turn."""
        asked = await _asked(request, PointsAsked)
        try:
            last_at = self._for(request).check(request.path_params["id"], asked.point)
        except MistakesError as exc:
            return _refused(exc)
        return _json(CheckPlanned(last_at))

    async def tick_conference(self, request: Request) -> Response:
        """Take in what somebody says of a room."""
        name = request.path_params["id"]
        given = await _asked(request, TicksGiven)
        try:
            await self._for(request).tick(name, given.point, given.parts, given.telephone)
        except MistakesError as exc:
            return _refused(exc)
        return self._made(name)

    def _made(self, name: str) -> Response:
        return _json(ConferenceMade(_shown(self._conferences.meeting(name))))


def detail(inventory: Inventory, standing: Standing) -> ConferenceDetail:
    """Return a conference with its points, the reasons in Vietnamese and English."""
    zone = inventory.province.timezone
    points = [
        PointShown(
            one.point,
            one.site,
            one.state,
            whom_to_call(inventory, one, one.main_reasons[0]) if one.reasons else "",
            [
                AspectShown(
                    aspect.kind.value,
                    aspect.standing.value,
                    aspect.note.code,
                    sentence(aspect, "vi", zone),
                    sentence(aspect, "en", zone),
                    aspect.at,
                )
                for aspect in one.aspects
            ],
        )
        for one in standing.points
    ]
    counts = {state.value: number for state, number in standing.counts().items()}
    return ConferenceDetail(_shown(standing.meeting), standing.at, counts, points)


def _shown(meeting: Meeting) -> ConferenceShown:
    return ConferenceShown(
        meeting.id,
        meeting.title,
        meeting.starts_at,
        meeting.ends_at,
        meeting.platform,
        meeting.source.value,
        len(meeting.points),
        meeting.is_cancelled,
    )


async def _asked(request: Request, kind: type[Kind]) -> Kind:
    """Read a JSON body; raises WireError: body_too_large, bad_json, bad_schema."""
    body = await small_body(request)
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as exc:
        raise WireError("bad_schema", str(exc)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise WireError("bad_json", str(exc)) from exc


def _refused(error: MistakesError) -> Response:
    if any(one.code in _MISSING for one in error.mistakes):
        raise WireError("not_found", "; ".join(error.problems))
    return _json(Mistakes("bad_conference", error.problems), _UNPROCESSABLE)


def _json(answer: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")
