"""The paths by which agents report, enrol and change their keys, as the OpenAPI document has them.

The report path and the enrolment path serve most of them, not `collector.web.api`.
"""

from typing import Annotated, Any

import msgspec

from collector.web.access import Need
from collector.web.operation import PEM, In, Operation, Parameter
from collector.wire import WireBatch, WireReport
from govnet.report import (
    HEADER_AGENT,
    HEADER_CRC,
    HEADER_KEY,
    HEADER_NONCE,
    HEADER_SIGNATURE,
    PATH_CA,
    PATH_ENROL,
    PATH_KEYS,
    PATH_REPORTS,
    PATH_SETTINGS,
)


class Accepted(msgspec.Struct, frozen=True):
    """Answer to a batch; `settings` is the digest of the settings that the agent should run."""

    batch: str
    accepted: list[int]
    duplicate: list[int]
    rejected: list["RejectedReport"]
    time: float
    settings: str


class RejectedReport(msgspec.Struct, frozen=True):
    """A report that was not taken, and why."""

    seq: int
    reason: str


Batch = msgspec.defstruct(
    "Batch",
    [
        (field.name, list[WireReport] if field.name == "reports" else field.type)
        for field in msgspec.structs.fields(WireBatch)
    ],
)
"""A batch as senders see it: `WireBatch` keeps its reports undecoded."""

KeyHex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Enrolment(msgspec.Struct, frozen=True):
    """A machine that becomes an agent; `key` is the one that it has just made."""

    v: int
    secret: str
    key: KeyHex
    hardware: dict[str, str] = {}
    hostname: str = ""
    code: str = ""


class NewKey(msgspec.Struct, frozen=True):
    """A key that shall stand beside the one that signs the request."""

    v: int
    key_id: str
    key: KeyHex


class Enrolled(msgspec.Struct, frozen=True):
    """Who the agent is; `state` is active or pending, site and machine are empty while pending."""

    v: int
    agent: str
    key_id: str
    state: str
    site: str
    machine: str


_SIGNED = (
    Parameter(HEADER_AGENT, In.HEADER, "Id of the agent."),
    Parameter(HEADER_KEY, In.HEADER, "Id of the agent's key."),
    Parameter(HEADER_SIGNATURE, In.HEADER, "HMAC-SHA256 as 64 hex digits; see docs/protocol.md."),
)
_CRC = Parameter(HEADER_CRC, In.HEADER, "CRC-32 of the body as 8 hex digits; may be left out.")

AGENT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path=PATH_REPORTS,
        need=Need.SIGNATURE,
        summary="Take in one batch of an agent's reports (JSON, gzip allowed).",
        answer=Accepted,
        request=Batch,
        parameters=(*_SIGNED, _CRC),
    ),
    Operation(
        path=PATH_SETTINGS,
        need=Need.SIGNATURE,
        summary="What an agent should measure, signed over its nonce.",
        answer=dict[str, Any],
        parameters=(*_SIGNED, Parameter(HEADER_NONCE, In.HEADER, "8 to 128 random characters.")),
    ),
    Operation(
        path=PATH_CA,
        need=Need.NOTHING,
        summary="The CA by which agents trust the collector, as PEM; 404 if there is none.",
        handler="ca",
        content=PEM,
    ),
    Operation(
        method="POST",
        path=PATH_ENROL,
        need=Need.TOKEN,
        summary="Enrol a machine by a token; see docs/protocol.md.",
        answer=Enrolled,
        request=Enrolment,
    ),
    Operation(
        method="POST",
        path=PATH_KEYS,
        need=Need.SIGNATURE,
        summary="Let a new key of an agent stand beside its old one.",
        answer=Enrolled,
        request=NewKey,
        parameters=_SIGNED,
    ),
)
