import json

from collector.web.api import Api
from collector.web.openapi import document
from collector.web.operations import OPERATIONS
from govnet.report import PATH_ENROL, PATH_KEYS, PATH_REPORTS, PATH_SETTINGS


def test_every_operation_is_described_and_served():
    described = {
        (method.upper(), path)
        for path, methods in document("1")["paths"].items()
        for method in methods
    }

    assert described == {(operation.method, operation.path) for operation in OPERATIONS}
    served_elsewhere = {PATH_ENROL, PATH_KEYS, PATH_REPORTS, PATH_SETTINGS, "/"}
    for operation in OPERATIONS:
        if operation.path in served_elsewhere:
            assert not operation.handler
        else:
            assert callable(getattr(Api, operation.handler))


def test_every_reference_leads_somewhere():
    made = document("1")
    text = json.dumps(made)

    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.split('"')[0] in made["components"]["schemas"]
    status = {(one.path, one.method.lower()): str(one.status) for one in OPERATIONS}
    for path, methods in made["paths"].items():
        for method, described in methods.items():
            named = {
                item["name"] for item in described.get("parameters", ()) if item["in"] == "path"
            }
            assert named == {piece.split("}")[0] for piece in path.split("{")[1:]}
            is_read = {"session": []} in described["security"]
            assert ("403" in described["responses"]) or not is_read
            assert status[path, method] in described["responses"]
            for need in described["security"]:
                assert set(need) <= set(made["components"]["securitySchemes"])
