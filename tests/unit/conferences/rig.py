"""Somebody in front of the pages of conferences, and what they do there."""

import json
import re
from urllib.parse import urlencode

from collector.accounts.viewer import COOKIE
from tests.scenarios.centre import Centre, Clock

NOW = 1_790_000_000.0
POINT = "xa-a/vc"
SAME = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


class Rig:
    """A collector with one signed-in person."""

    def __init__(self, centre: Centre, clock: Clock, cookie: str) -> None:
        self.centre = centre
        self.clock = clock
        self._cookie = {"Cookie": f"{COOKIE}={cookie}"}

    def get(self, path: str, *, is_signed_in: bool = True) -> tuple[int, str]:
        cookie = self._cookie if is_signed_in else {}
        status, _, body = self.centre.request("GET", path, cookie, b"")
        return status, body.decode("utf-8", "replace")

    def post(
        self, path: str, *, headers: dict[str, str] | None = None, **form: str
    ) -> tuple[int, dict[str, str], str]:
        given = self._cookie | (SAME if headers is None else headers)
        status, answered, body = self.centre.request("POST", path, given, urlencode(form).encode())
        return status, answered, body.decode()

    def add(self, title: str = "Giao ban", **more: object) -> str:
        asked = {
            "title": title,
            "starts_at": self.clock.now + 3_600,
            "duration_minutes": 60,
            "all_points": True,
        }
        answer = json.loads(self.centre.post("/v1/conferences", asked | more))
        return str(answer["conference"]["id"])

    def link(self, name: str) -> str:
        """Return the path of a new link for the only point."""
        _, _, page = self.post(f"/conferences/{name}", link=POINT)
        found = re.search(r'value="https?://[^/]+(/room/[\w-]+)"', page)
        assert found is not None, page
        return found[1]
