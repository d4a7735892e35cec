"""A call from a command to the collector that runs on this machine.

Over TLS it trusts the collector's CA only, and expects a name of its certificate: the address by
which this machine reaches it need not be one. Proxies of the environment never see the token.
"""

from pathlib import Path
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter

from collector.config import read_token
from collector.places import local_trust, local_url, operator_token_file
from govnet.errors import GovnetError

REQUEST_SECONDS = 30.0


class _Named(HTTPAdapter):
    """Expects a server of that name wherever it connects to."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"assert_hostname": self._name, "server_hostname": self._name}
        super().init_poolmanager(*args, **kwargs)


class LocalCollector:
    """Connections to the collector whose folder is `data`, until the end of a `with`."""

    def __init__(self, data: Path) -> None:
        self._url = local_url(data)
        name, ca_file = local_trust(data)
        self._session = requests.Session()
        self._session.trust_env = False
        if name:
            self._session.mount("https://", _Named(name))
        if ca_file is not None:
            self._session.verify = str(ca_file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self, path: str, headers: dict[str, str], timeout_seconds: float = REQUEST_SECONDS
    ) -> requests.Response:
        """Get a path. Raises GovnetError if nobody answers."""
        try:
            return self._session.get(self._url + path, headers=headers, timeout=timeout_seconds)
        except (requests.RequestException, OSError) as exc:
            raise self._unanswered(exc) from exc

    def post(
        self,
        path: str,
        headers: dict[str, str],
        body: bytes = b"",
        timeout_seconds: float = REQUEST_SECONDS,
    ) -> requests.Response:
        """Post to a path. Raises GovnetError if nobody answers."""
        try:
            return self._session.post(
                self._url + path, data=body, headers=headers, timeout=timeout_seconds
            )
        except (requests.RequestException, OSError) as exc:
            raise self._unanswered(exc) from exc

    def _unanswered(self, reason: Exception) -> GovnetError:
        """Return what a person is told; where nobody listens the library's words say no more."""
        is_found = isinstance(reason, requests.exceptions.SSLError)
        if isinstance(reason, requests.ConnectionError) and not is_found:
            reason = GovnetError("is `govnet serve` running?")
        return GovnetError(f"no collector answers at {self._url}: {reason}")


def post_as_operator(data: Path, path: str, body: bytes = b"") -> requests.Response:
    """Post to a path with the operator's token. Raises GovnetError if nobody answers."""
    (token,) = read_token(str(operator_token_file(data)))
    with LocalCollector(data) as collector:
        return collector.post(path, {"Authorization": f"Bearer {token}"}, body)


def get_as_operator(
    data: Path, path: str, timeout_seconds: float = REQUEST_SECONDS
) -> requests.Response:
    """Get a path with the operator's token. Raises GovnetError if nobody answers."""
    (token,) = read_token(str(operator_token_file(data)))
    with LocalCollector(data) as collector:
        return collector.get(path, {"Authorization": f"Bearer {token}"}, timeout_seconds)
