"""The API's paths of conferences; `collector.web.conferences` handles them."""

from collector.readiness.records import Asked
from collector.web.access import Need
from collector.web.conferences import (
    CheckPlanned,
    ConferenceDetail,
    ConferenceList,
    ConferenceMade,
    PointsAsked,
    TicksGiven,
)
from collector.web.operation import In, Operation, Parameter

_CONFERENCE = Parameter("id", In.PATH, "Id of the conference.")

CONFERENCE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        path="/v1/conferences",
        need=Need.READ,
        is_narrowed=True,
        summary="Conferences by their start: of the inventory, of calendars, entered by hand.",
        handler="conferences",
        answer=ConferenceList,
    ),
    Operation(
        method="POST",
        path="/v1/conferences",
        need=Need.OPERATE,
        summary="Enter a conference.",
        handler="add_conference",
        answer=ConferenceMade,
        request=Asked,
    ),
    Operation(
        path="/v1/conferences/{id}",
        need=Need.READ,
        is_narrowed=True,
        summary="One conference: whether every invited point is ready, and why one is not.",
        handler="conference",
        answer=ConferenceDetail,
        parameters=(_CONFERENCE,),
    ),
    Operation(
        method="POST",
        path="/v1/conferences/{id}/cancel",
        need=Need.OPERATE,
        summary="Call a conference off.",
        handler="cancel_conference",
        answer=ConferenceMade,
        parameters=(_CONFERENCE,),
    ),
    Operation(
        method="POST",
        path="/v1/conferences/{id}/check",
        need=Need.OPERATE,
        summary="Have one point checked again, or all in turn within the budget.",
        handler="check_conference",
        answer=CheckPlanned,
        request=PointsAsked,
        parameters=(_CONFERENCE,),
    ),
    Operation(
        method="POST",
        path="/v1/conferences/{id}/tick",
        need=Need.OPERATE,
        summary="Say for a room whether TV, camera, microphone, speakers and operator are there.",
        handler="tick_conference",
        answer=ConferenceMade,
        request=TicksGiven,
        parameters=(_CONFERENCE,),
    ),
)
