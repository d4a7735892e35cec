"""Signing in to an HTTP service as an access says.

The files are read anew each time: on disk they can be replaced while the collector runs.
"""

from collections.abc import Mapping
from pathlib import Path

import requests

from collector.http_access import Access, bearer_token


def auth_of(access: Access | None) -> requests.auth.AuthBase | None:
    """Return how a request signs in, None: as nobody.

    Raises OSError for a file that cannot be read, ValueError for a token that can be none; it
    repeats nothing of the file.
    """
    if access is None:
        return None
    if access.token_file is not None:
        return _Bearer(bearer_token(Path(access.token_file)))
    if access.username is not None and access.password_file is not None:
        password = Path(access.password_file).read_bytes().strip()
        return requests.auth.HTTPBasicAuth(access.username.encode(), password)
    return None


def without_secrets(text: str, headers: Mapping[str, str]) -> str:
    """Return an answer without what it repeats of the request's secret, for a log."""
    for secret in headers.get("Authorization", "").split()[1:]:
        text = text.replace(secret, "***")
    return text


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
