"""A question to another program of the centre: bounded in time, by no proxy, nothing is changed."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import Any, Final, NamedTuple, Self

import requests

from collector.http_access import Access
from collector.http_auth import auth_of
from govnet.errors import GovnetError

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 4.0
"""For a whole answer, however slowly it comes."""
MAX_BYTES: Final = 32 << 20
_CHUNK_BYTES: Final = 1 << 16
GARBAGE: Final = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What comes of reading an answer that another kind of program gave."""
_GOOD: Final = range(200, 400)
_REFUSED: Final = {401: "sai hoặc thiếu token, mật khẩu", 403: "không được phép"}


class Answer(NamedTuple):
    """An answer, whatever its status."""

    status_code: int
    body: bytes


class Asking:
    """Questions to one program, until the end of a `with`."""

    def __init__(self, url: str, access: Access | None = None) -> None:
        """Take the secrets. Raises GovnetError if one of their files cannot be used."""
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        if access is None:
            return
        try:
            self._session.auth = auth_of(access)
            if access.ca_file is not None:
                Path(access.ca_file).read_bytes()
                self._session.verify = access.ca_file
        except OSError as exc:
            why = exc.strerror or exc
            raise GovnetError(f"{exc.filename}: không đọc được: {why}") from exc
        except ValueError as exc:
            raise GovnetError(f"{access.token_file}: không phải token") from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Return the answer, whatever its status. Raises GovnetError if nobody answers."""
        try:
            return _within(ANSWER_SECONDS, lambda: self._answer(path, dict(parameters or {})))
        except requests.exceptions.SSLError as exc:
            raise GovnetError(f"{self._url}: chứng thư không được tin (ca_file)") from exc
        except (requests.Timeout, TimeoutError) as exc:
            raise GovnetError(f"{self._url}: không trả lời kịp {ANSWER_SECONDS:g} giây") from exc
        except (requests.RequestException, OSError) as exc:
            raise GovnetError(f"{self._url}: không ai trả lời") from exc

    def require_ready(self) -> None:
        """Raise GovnetError unless it says that it is ready."""
        path = "/-/ready"
        status = self.get(path).status_code
        if status in _REFUSED:
            raise self._failed(path, status)
        if status != HTTPStatus.OK:
            raise GovnetError(f"chưa sẵn sàng ({path})")

    def json(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return the JSON of an answer that is none of a failure. Raises GovnetError."""
        answer = self.get(path, parameters)
        if answer.status_code not in _GOOD:
            raise self._failed(path, answer.status_code)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as exc:
            raise GovnetError(f"{self._url}{path}: trả lời không phải JSON") from exc

    def _failed(self, path: str, status: int) -> GovnetError:
        why = _REFUSED.get(status, "")
        return GovnetError(f"{self._url}{path}: trả lời {status} {why}".rstrip())

    def _answer(self, path: str, parameters: dict[str, str]) -> Answer:
        body = bytearray()
        with self._session.get(
            self._url + path,
            params=parameters,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as answer:
            for chunk in answer.iter_content(_CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise GovnetError(f"{self._url}{path}: trả lời quá dài")
            return Answer(answer.status_code, bytes(body))


def _within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` returns; raises TimeoutError if it takes longer, and what it raises.

    The library bounds every single reading, never the whole: who sends a byte now and then would
    hold whoever asks. What still waits then ends with the process.
    """
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as exc:  # noqa: BLE001 - raised again by whoever asked
            answer.set_exception(exc)

    Thread(target=run, daemon=True).start()
    return answer.result(seconds)
