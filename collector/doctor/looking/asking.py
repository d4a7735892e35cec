"""A question to another program of the centre: bounded in time, by no proxy, nothing is changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import requests

from collector.doctor.options import GrafanaOptions, PrometheusOptions
from govnet.errors import GovnetError

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 4.0
_REFUSED: Final = {401: "sai hoặc thiếu token, mật khẩu", 403: "không được phép"}


class Asking:
    """Questions to one program, until the end of a `with`."""

    def __init__(self, url: str, options: PrometheusOptions | GrafanaOptions | None = None) -> None:
        """Take the options' secrets. Raises GovnetError if one of their files cannot be read."""
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        if options is None:
            return
        if options.ca_file is not None:
            _read(options.ca_file)
            self._session.verify = options.ca_file
        if options.token_file is not None:
            self._session.headers["Authorization"] = f"Bearer {_read(options.token_file)}"
        if options.username is not None and options.password_file is not None:
            self._session.auth = (options.username, _read(options.password_file))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> requests.Response:
        """Return the answer, whatever its status. Raises GovnetError if nobody answers."""
        try:
            return self._session.get(
                self._url + path,
                params=dict(parameters or {}),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as exc:
            raise GovnetError(f"{self._url}: chứng thư không được tin (ca_file)") from exc
        except requests.Timeout as exc:
            raise GovnetError(f"{self._url}: không trả lời kịp {ANSWER_SECONDS:g} giây") from exc
        except (requests.RequestException, OSError, ValueError) as exc:
            # ValueError: a token that cannot stand in a header.
            raise GovnetError(f"{self._url}: không ai trả lời") from exc

    def json(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return the JSON of an answer that is none of a failure. Raises GovnetError."""
        answer = self.get(path, parameters)
        if not answer.ok:
            why = _REFUSED.get(answer.status_code, "")
            raise GovnetError(f"{self._url}{path}: trả lời {answer.status_code} {why}".rstrip())
        try:
            return answer.json()
        except ValueError as exc:
            raise GovnetError(f"{self._url}{path}: trả lời không phải JSON") from exc


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "không phải văn bản"
        raise GovnetError(f"{path}: không đọc được: {why}") from exc
