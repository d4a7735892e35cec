"""RTSP OPTIONS against a real server (GStreamer's)."""

from collections.abc import Callable

import pytest

from agent.probe import rtsp
from agent.probe.outcome import Outcome
from govnet.settings import CheckSettings, DeviceSettings, ServiceSettings

pytestmark = pytest.mark.e2e

SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's own: python3-gi is not in our environment."""
SERVER = """
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
server.attach(None)
GLib.MainLoop().run()
"""


@pytest.fixture(scope="module")
def camera(
    free_port: Callable[[], int],
    start_program: Callable[[list[str], Callable[[], bool]], None],
) -> str:
    url = f"rtsp://127.0.0.1:{free_port()}/kenh1"
    start_program(
        [SYSTEM_PYTHON, "-c", SERVER, url.split(":")[2].partition("/")[0]],
        lambda: rtsp.options(url, timeout_seconds=2).outcome is Outcome.ANSWERED,
    )
    return url


def test_server_says_what_it_can_do(camera: str) -> None:
    seen = rtsp.options(camera, timeout_seconds=5)

    assert (seen.outcome, seen.status_code, seen.reason) == (Outcome.ANSWERED, 200, "OK")
    assert seen.server == "GStreamer RTSP server"
    assert {"OPTIONS", "DESCRIBE", "SETUP", "PLAY"} <= set(seen.methods)
    assert seen.rtt_seconds is not None
    assert seen.rtt_seconds > 0


def test_camera_is_a_device_and_may_be_a_service(
    camera: str, measured: Callable[[CheckSettings], dict[str, float]]
) -> None:
    device = measured(DeviceSettings(target="t", kind="camera", url=camera))
    service = measured(ServiceSettings(target="t", url=camera))

    assert device['govnet_device_reachable{protocol="rtsp"}'] == 1
    assert device["govnet_device_answer_status_code"] == 200
    assert service["govnet_service_up"] == 1
