"""The OpenAPI 3.1 document, built from the table of operations and the types they name."""

import http
from typing import Any

import msgspec

from collector.accounts.viewer import COOKIE
from collector.web.access import Need
from collector.web.answers import Mistakes, Refusal
from collector.web.operation import In, Operation
from collector.web.operations import OPERATIONS
from govnet.report import REASONS

_SECURITY: dict[Need, list[dict[str, list[str]]]] = {
    Need.NOTHING: [],
    Need.TOKEN: [],
    Need.SIGNATURE: [{"agentSignature": []}],
    Need.SCRAPE: [{}, {"bearer": []}],
    Need.READ: [{"session": []}, {"bearer": []}],
    Need.OPERATE: [{"bearer": []}],
}
_UNPROCESSABLE = 422


def document(version: str) -> dict[str, Any]:
    """Return the whole document; `version` is the collector's."""
    named = [Refusal, Mistakes]
    named += [kind for op in OPERATIONS for kind in (op.answer, op.request) if kind is not None]
    schemas, components = msgspec.json.schema_components(
        named, ref_template="#/components/schemas/{name}"
    )
    by_type = {id(kind): schema for kind, schema in zip(named, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(
            operation, by_type
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "govnet collector",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "agentSignature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Govnet-Signature",
                    "description": "HMAC-SHA256 by an agent's key; see docs/protocol.md.",
                },
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _described(operation: Operation, by_type: dict[int, Any]) -> dict[str, Any]:
    ok: dict[str, Any] = {"description": "Done."}
    if operation.answer is not None:
        ok["content"] = {operation.content: {"schema": by_type[id(operation.answer)]}}
    else:
        ok["content"] = {operation.content: {"schema": {"type": "string"}}}
    described: dict[str, Any] = {
        "summary": operation.summary,
        "responses": {str(operation.status): ok, **_refusals(operation, by_type)},
        "security": _SECURITY[operation.need],
    }
    if operation.parameters:
        described["parameters"] = [
            {
                "name": parameter.name,
                "in": parameter.place.value,
                "required": parameter.place is not In.QUERY,
                "description": parameter.description,
                "schema": {"type": parameter.kind},
            }
            for parameter in operation.parameters
        ]
    if operation.request is not None:
        described["requestBody"] = {
            "required": True,
            "content": {operation.content: {"schema": by_type[id(operation.request)]}},
        }
    return described


def _refusals(operation: Operation, by_type: dict[int, Any]) -> dict[str, Any]:
    """Return the answers that are no success, each with its reasons."""
    refusal = {"application/json": {"schema": by_type[id(Refusal)]}}
    found: dict[str, Any] = {}
    if operation.need in {Need.SIGNATURE, Need.TOKEN}:
        for status in sorted(set(REASONS.values())):
            reasons = ", ".join(name for name, code in REASONS.items() if code == status)
            found[str(status)] = {"description": reasons, "content": refusal}
    elif operation.need is not Need.NOTHING:
        found["401"] = {"description": http.HTTPStatus(401).phrase, "content": refusal}
    if operation.need is Need.READ:
        found["403"] = {
            "description": "forbidden: outside the part of the province that the account sees",
            "content": refusal,
        }
    if any(parameter.place is In.PATH for parameter in operation.parameters):
        found["404"] = {"description": "not_found", "content": refusal}
    if operation.need is Need.OPERATE:
        found[str(_UNPROCESSABLE)] = {
            "description": "What was asked for has mistakes; nothing was changed.",
            "content": {"application/json": {"schema": by_type[id(Mistakes)]}},
        }
    return found
