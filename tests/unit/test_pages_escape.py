"""What the inventory and machines say is text on the pages of inventory and log, never markup."""

from collections.abc import Iterator

import pytest

from collector.accounts.viewer import COOKIE
from collector.store import open_store
from collector.store.audit import note
from collector.store.device_facts import save_devices
from collector.store.machine_facts import Told, save_told
from govnet.surroundings import Surroundings, pack
from inventory.load import load
from tests.accounts import TWO_COMMUNES, people, signed_in
from tests.scenarios.centre import Centre, Clock

NOW = 1_790_000_000.0
BAD = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://198.18.0.9")'


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, str]]:
    """Give a collector of which every name is hostile, and an admin's cookie."""
    file = tmp_path_factory.mktemp("province") / "inventory.yaml"
    text = TWO_COMMUNES.replace("Trụ sở Đơn Dương", f"{BAD} Đơn").replace(
        "name: Xã Đức Trọng", f"name: '{BAD} Đức'"
    )
    text = text.replace("name: Máy tính", f"name: '{BAD} máy'").replace(
        "{id: cpe, kind: cpe,", f"{{id: cpe, name: '{FORMULA}', model: '{BAD}', kind: cpe,"
    )
    file.write_text(text, encoding="utf-8")
    made = Centre(file, None, Clock(NOW))
    try:
        made.enrol(load(file))
        made.start()
        made.work()
        store = open_store(made.data)
        save_told(store, [Told("don/pc-1", "a", NOW, {"os.name": BAD, "hardware.model": BAD})])
        around = Surroundings(model=f"{BAD}2", serial=BAD, firmware=BAD)
        save_devices(store, [Told("don/cpe", "a", NOW, pack(around))])
        with store.write() as connection:
            note(connection, NOW, BAD, BAD, FORMULA, who=BAD)
        cookie = signed_in(store, "quan-tri", people()["quan-tri"], NOW)
        store.close()
        yield made, cookie
    finally:
        made.close()


@pytest.mark.parametrize(
    "path",
    [
        "/coverage",
        "/coverage?unit=xa-duc",
        "/coverage?unit=xa-don",
        "/inventory",
        f"/inventory?q={BAD}&sort={BAD}",
        "/log",
        "/admin",
        "/admin?tab=tokens",
        "/admin?tab=users",
    ],
)
def test_markup_stays_text(centre: tuple[Centre, str], path: str):
    made, cookie = centre
    quoted = path.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    status, _, body = made.request("GET", quoted, {"Cookie": f"{COOKIE}={cookie}"}, b"")

    assert status == 200
    assert b"<img" not in body
    assert b"&lt;img" in body or path.startswith("/admin?")


@pytest.mark.parametrize("path", ["/coverage.csv", "/inventory.csv", "/log.csv"])
def test_no_cell_of_a_table_is_a_formula(centre: tuple[Centre, str], path: str):
    made, cookie = centre
    status, headers, body = made.request("GET", path, {"Cookie": f"{COOKIE}={cookie}"}, b"")

    assert status == 200
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    text = body.decode("utf-8")
    assert text.startswith("\ufeff")
    assert not any(
        cell.strip('"').startswith(("=", "+", "@")) for cell in text.replace("\r\n", ";").split(";")
    )
