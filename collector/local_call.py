"""A call from a command to the collector that runs on this machine.

Over TLS it trusts the collector's CA only, and expects a name of its certificate: the address by
which this machine reaches it need not be one. Proxies of the environment never see the token.
"""

from pathlib import Path
from typing import Any

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


def post(data: Path, path: str) -> requests.Response:
    """Post to a path with the operator's token. Raises GovnetError if nobody answers."""
    (token,) = read_token(str(operator_token_file(data)))
    url = local_url(data)
    name, ca_file = local_trust(data)
    with requests.Session() as session:
        session.trust_env = False
        if name:
            session.mount("https://", _Named(name))
        try:
            return session.post(
                url + path,
                headers={"Authorization": f"Bearer {token}"},
                timeout=REQUEST_SECONDS,
                verify=str(ca_file) if ca_file is not None else True,
            )
        except (requests.RequestException, OSError) as exc:
            raise GovnetError(f"no collector answers at {url}: {exc}") from exc
