"""A station's file and a hotspot's way out, by the web server of the standard library."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from govnet.settings import DeviceSettings
from tests.served_folder import Quiet, served

pytestmark = pytest.mark.e2e

Measured = Callable[[DeviceSettings], dict[str, float]]


class Redirecting(Quiet):
    def do_GET(self) -> None:  # noqa: N802 - the name of the library
        if self.path == "/redirected":
            self.send_response(302)
            self.send_header("Location", "/login.html")
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Serve the test's folder."""
    with served(tmp_path, Redirecting) as at:
        yield at


def test_stations_data_grows_old(url: str, tmp_path: Path, measured: Measured) -> None:
    file = tmp_path / "so-lieu.txt"
    file.write_text("PM10 41\n")
    station = DeviceSettings(
        target="t",
        kind="environmental_station",
        url=f"{url}/so-lieu.txt",
        expect_content="PM10",
        max_age_seconds=900,
    )

    new = measured(station)
    os.utime(file, (time.time() - 3600, time.time() - 3600))
    old = measured(station)
    file.unlink()
    gone = measured(station)

    assert new["govnet_device_data_fresh"] == 1
    assert new["govnet_device_data_age_seconds"] < 60
    assert old["govnet_device_data_fresh"] == 0
    assert 3590 < old["govnet_device_data_age_seconds"] < 3660
    assert gone['govnet_device_reachable{protocol="http"}'] == 0
    assert gone["govnet_device_answer_status_code"] == 404


def test_hotspots_way_out_is_open_or_a_portals(
    url: str, tmp_path: Path, measured: Measured
) -> None:
    (tmp_path / "kiem-tra.txt").write_text("thong\n")
    (tmp_path / "login.html").write_text("<p>thong bao: moi dang nhap</p>\n")

    def portal(page: str) -> float | None:
        seen = measured(
            DeviceSettings(
                target="t", kind="access_point", url=f"{url}/{page}", expect_content="thong"
            )
        )
        return seen.get("govnet_device_captive_portal")

    assert portal("kiem-tra.txt") == 0
    assert portal("login.html") == 1
    assert portal("redirected") == 1
    assert portal("nothing-there") is None
