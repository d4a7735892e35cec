"""What an operation is: one method of one path, what it needs, takes and answers."""

from enum import StrEnum
from typing import Any

import msgspec

from collector.web.access import Need

JSON = "application/json"
HTML = "text/html"
PEM = "application/x-pem-file"
METRICS = "text/plain; version=0.0.4"


class In(StrEnum):
    """Where a parameter stands."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of an operation."""

    name: str
    place: In
    description: str
    kind: str = "string"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    `handler` names the method of `collector.web.api.Api`; empty: the report path, the enrolment
    path or the pages serve it. `status` is that of a success. `answer` is the type of a JSON
    answer, None for other content.
    `is_narrowed`: the handler shows whoever sees a part of the province that part only; all others
    are closed to them.
    """

    method: str = "GET"
    path: str
    need: Need
    summary: str
    status: int = 200
    handler: str = ""
    answer: Any = None
    content: str = JSON
    request: Any = None
    parameters: tuple[Parameter, ...] = ()
    is_narrowed: bool = False
