"""A whole collector with credentials: whatever a person may ask it, no secret is in the answer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.store import open_store
from collector.web.access import make_link
from collector.web.operations import OPERATIONS
from inventory.load import load
from tests.scenarios.centre import SECRET, Centre, Clock
from tests.scenarios.scenario import INVENTORIES

INVENTORY = INVENTORIES / "huyen.yaml"
GIVEN = {"site": "xa-d", "item": "xa-d/ups", "number": "1", "id": "1", "shard": "0"}


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    made = Centre(INVENTORY, None, Clock(1_790_000_000.0))
    try:
        made.enrol(load(INVENTORY))
        made.start()
        made.work()
        yield made
    finally:
        made.close()


def paths() -> list[str]:
    """Return every path that can be read, with something for each part of it."""
    return sorted(
        {
            re.sub(r"\{(\w+)(:\w+)?\}", lambda part: GIVEN.get(part[1], "x"), one.path)
            for one in OPERATIONS
            if one.method == "GET"
        }
    )


def cookie(centre: Centre) -> str:
    """Return the cookie of somebody who signed in with a link."""
    store = open_store(centre.data)
    try:
        link = make_link(store, 1_790_000_000.0)
    finally:
        store.close()
    _, headers, _ = centre.request("GET", f"/login?once={link}", {}, b"")
    return headers["Set-Cookie"].partition(";")[0]


def test_no_answer_holds_a_secret(centre: Centre) -> None:
    answers = {path: centre.request("GET", path, centre.operator(), b"") for path in paths()}
    signed_in = {"Cookie": cookie(centre)}
    answers |= {path: centre.request("GET", path, signed_in, b"") for path in ("/", "/maintenance")}

    read = {path for path, (status, _, _) in answers.items() if status == 200}
    assert {"/", "/metrics", "/v1/sites", "/v1/sites/xa-d"} <= read
    for path, (_, headers, body) in answers.items():
        assert SECRET not in str(headers) + body.decode("utf-8", "replace"), path


def test_a_refused_reload_tells_names_and_no_secret(centre: Centre) -> None:
    text = INVENTORY.read_text("utf-8").replace("snmp: ups", "snmp: khac")
    centre.write_inventory(text)
    status, _, body = centre.request("POST", "/v1/reload", centre.operator(), b"")

    assert status == 422
    assert "khac" in body.decode()
    assert SECRET not in body.decode()


def test_nothing_on_the_disk_of_the_collector_holds_a_secret(centre: Centre) -> None:
    centre.stop()
    kept = [path for path in Path(centre.data).rglob("*") if path.is_file()]

    assert kept
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []
