"""Whether the watching itself still works, asked from a second host, once per call.

1. The collector takes reports (`/readyz`).
2. It judges: its verdicts are of the last two minutes by this host's clock.
3. Prometheus reads it and reaches Alertmanager: the alert that never ends is there.

Whoever asks must hear of it by a way that does not lead through the collector's host, so nothing
here uses Alertmanager to tell.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import requests

from collector.http_access import Service
from collector.http_auth import auth_of
from govnet.disk import replace_file

STALE_SECONDS: Final = 120.0
REQUEST_SECONDS: Final = 10.0
HEARTBEAT: Final = "GovnetWatchdog"
_JUDGED: Final = re.compile(r"^govnet_collector_verdict_timestamp_seconds (\S+)$", re.MULTILINE)


class Places(msgspec.Struct, frozen=True):
    """What is asked, and how; `alertmanager` None: it is not asked."""

    collector: str
    alertmanager: Service | None = None
    ca_file: Path | None = None
    token: str | None = None


class State(msgspec.Struct, frozen=True):
    """What is remembered between calls; times are Unix seconds, None for never.

    `since` is from when on something was wrong, `told_at` when that was told last.
    """

    since: float | None = None
    told_at: float | None = None


class News(msgspec.Struct, frozen=True):
    """What is to be told: the problems, none if all is well again; `since` when it began."""

    problems: tuple[str, ...]
    since: float


def look(places: Places, now: float) -> list[str]:
    """Ask everything; return what is wrong, in sentences for the duty officer."""
    with requests.Session() as session:
        session.trust_env = False
        if places.ca_file is not None:
            session.verify = str(places.ca_file)
        return list(_problems(places, session, now))


def decide(
    state: State,
    problems: list[str],
    now: float,
    *,
    patience_seconds: float,
    repeat_seconds: float,
) -> tuple[State, News | None]:
    """Return the next state, once the news (None: nothing) is told.

    What lasts less than `patience_seconds` is not told, what lasts is told again after
    `repeat_seconds`; that all is well is told if it was told that it was not.
    """
    if not problems:
        if state.since is None or state.told_at is None:
            return State(), None
        return State(), News((), state.since)
    since = now if state.since is None else min(state.since, now)
    lasts = now - since >= patience_seconds
    is_due = state.told_at is None or now - state.told_at >= repeat_seconds
    if lasts and is_due:
        return State(since, now), News(tuple(problems), since)
    return State(since, state.told_at), None


def load_state(path: Path) -> State:
    """Read the state; what is missing or damaged is as if nothing had happened."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return State()


def save_state(path: Path, state: State) -> None:
    """Write the state. Raises OSError."""
    replace_file(path, msgspec.json.encode(state))


def _problems(places: Places, session: requests.Session, now: float) -> Iterator[str]:
    collector = places.collector.rstrip("/")
    yield from _asked(
        "Trung tâm giám sát",
        lambda: session.get(f"{collector}/readyz", timeout=REQUEST_SECONDS),
        _readiness,
    )
    headers = {} if places.token is None else {"Authorization": f"Bearer {places.token}"}
    yield from _asked(
        "Kết luận của trung tâm",
        lambda: session.get(
            f"{collector}/metrics/verdicts", headers=headers, timeout=REQUEST_SECONDS
        ),
        lambda answer: _age(answer, now),
    )
    if (alertmanager := places.alertmanager) is not None:
        yield from _asked(
            "Alertmanager",
            lambda: session.get(
                alertmanager.at("/api/v2/alerts"),
                params={"filter": f'alertname="{HEARTBEAT}"'},
                auth=auth_of(alertmanager.access),
                timeout=REQUEST_SECONDS,
            ),
            _heartbeat,
        )


def _asked(
    what: str,
    ask: Callable[[], requests.Response],
    judge: Callable[[requests.Response], str | None],
) -> Iterator[str]:
    try:
        wrong = judge(ask())
    except (requests.RequestException, OSError, ValueError) as exc:
        wrong = f"không trả lời ({type(exc).__name__})"
    if wrong is not None:
        yield f"{what}: {wrong}."


def _readiness(answer: requests.Response) -> str | None:
    return None if answer.ok else f"không nhận báo cáo (trả lời {answer.status_code})"


def _age(answer: requests.Response, now: float) -> str | None:
    if not answer.ok:
        return f"không đọc được (trả lời {answer.status_code})"
    found = _JUDGED.search(answer.text)
    if found is None:
        return "chưa có"
    age = now - float(found[1])
    if age <= STALE_SECONDS:
        return None
    return f"đã cũ {age / 60:.0f} phút, trung tâm không còn đánh giá"


def _heartbeat(answer: requests.Response) -> str | None:
    if not answer.ok:
        return f"không đọc được (trả lời {answer.status_code})"
    if answer.json():
        return None
    return "không còn nhịp tim từ Prometheus, cảnh báo không đi được"
