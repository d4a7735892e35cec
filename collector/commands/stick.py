"""`govnet import-reports`: brings a backlog from a stick to the running collector."""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from collector.commands.arguments import Commands, add_command, add_data, existing_data
from govnet.errors import ConfigError, GovnetError
from govnet.report import (
    HEADER_AGENT,
    HEADER_CRC,
    HEADER_KEY,
    HEADER_SIGNATURE,
    PATH_REPORTS,
    REFUSALS,
    Duty,
    crc,
    decode_answer,
    decode_refusal,
)
from govnet.stick import Packed, StickError, StickReader

REQUEST_SECONDS = 60.0
MOST_TRIES = 20
LONGEST_WAIT_SECONDS = 60.0

_WORDS = {
    "bad_signature": "its bytes are not those that the agent signed, or the key has changed since",
    "body_altered": "its bytes have changed on the way: copy the file again",
    "unknown_agent": "no such agent is enrolled here: is this the collector of its province?",
    "unknown_key": "the agent was given another key since: its reports cannot be believed any more",
    "revoked": "the agent was revoked, or has replaced its key since: export it again on the PC",
    "agent_mismatch": "it names another agent than the file's list",
    "clone_suspected": "two machines use this agent's key: see `govnet agents list`",
    "pending": "the agent waits to be approved: `govnet agents approve`, then import again",
    "wrong_collector": "another collector is in charge of this agent",
}
"""What a refused batch means for the person with the stick."""
_OF_THE_AGENT = frozenset(("unknown_agent", "unknown_key", "revoked", "pending", "wrong_collector"))
"""Refusals of whoever sends: the next batch would be refused alike, as one more stranger's."""


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands,
        "import-reports",
        "Take in the reports that `govnet-agent export` wrote to a file; twice changes nothing.",
        import_reports,
    )
    command.add_argument("file", metavar="FILE", type=Path, help="the file of the agent")
    add_data(command)


def import_reports(options: argparse.Namespace) -> int:
    """Post every batch of the file to the running collector; 1 if one was refused."""
    from collector.local_call import LocalCollector  # noqa: PLC0415

    data = existing_data(options.data_dir)
    try:
        reader = StickReader(options.file)
    except StickError as exc:
        raise ConfigError([f"{options.file}: {exc}"]) from exc
    except OSError as exc:
        raise ConfigError([f"{options.file}: cannot be read: {exc.strerror or exc}"]) from exc
    with closing(reader), LocalCollector(data) as collector:
        is_whole = bring(
            reader,
            lambda headers, body: collector.post(PATH_REPORTS, headers, body, REQUEST_SECONDS),
        )
    return 0 if is_whole else 1


def bring(
    reader: StickReader,
    post: Callable[[dict[str, str], bytes], Any],
    wait: Callable[[float], None] = time.sleep,
) -> bool:
    """Post batch after batch and say what became of each; return whether all were taken."""
    manifest = reader.manifest
    print(f"agent {manifest.agent}: {sum(one.reports for one in manifest.batches)} reports")
    is_whole = True
    for number, packed in enumerate(manifest.batches, start=1):
        place = f"batch {number} of {len(manifest.batches)}"
        try:
            body = reader.body(packed)
        except StickError as exc:
            print(f"{place}: {packed.reports} reports not taken in: {exc}")
            is_whole = False
            continue
        problem = _bring_one(place, packed, _headers(reader, packed, body), body, post, wait)
        is_whole &= not problem
        if problem in _OF_THE_AGENT:
            break
    return is_whole


def _headers(reader: StickReader, packed: Packed, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        HEADER_AGENT: reader.manifest.agent,
        HEADER_KEY: reader.manifest.key,
        HEADER_SIGNATURE: packed.signature,
        HEADER_CRC: crc(body),
    }


def _bring_one(  # noqa: PLR0917 - one batch with all that belongs to it
    place: str,
    packed: Packed,
    headers: dict[str, str],
    body: bytes,
    post: Callable[[dict[str, str], bytes], Any],
    wait: Callable[[float], None],
) -> str:
    """Return why a batch was not taken in, "" if it was."""
    reason = ""
    for _ in range(MOST_TRIES):
        reply = post(headers, body)
        if reply.ok:
            return "" if _say_taken(place, reply.content) else "rejected"
        refused = decode_refusal(reply.status_code, reply.content)
        if refused is None:
            said = f"status {reply.status_code}, not in a collector's form"
            print(f"{place}: {packed.reports} reports refused: {said}")
            return "refused"
        reason = refused.reason
        if REFUSALS[reason].duty is not Duty.RETRY or reason in _WORDS:
            said = _WORDS.get(reason) or refused.detail or reason
            print(f"{place}: {packed.reports} reports refused: {said}")
            return reason
        wait(_retry_after(reply.headers.get("Retry-After", "")))
    print(f"{place}: {packed.reports} reports not taken: the collector still says {reason}")
    return reason


def _say_taken(place: str, content: bytes) -> bool:
    try:
        answer = decode_answer(content)
    except ValueError as exc:
        raise GovnetError(f"{place}: {exc}") from exc
    print(
        f"{place}: {len(answer.accepted)} accepted, {len(answer.duplicate)} known already,"
        f" {len(answer.rejected)} rejected"
    )
    for seq, reason in sorted(answer.rejected.items()):
        print(f"  report {seq}: {reason}")
    return not answer.rejected


def _retry_after(text: str) -> float:
    digits = text.strip()
    return min(LONGEST_WAIT_SECONDS, float(digits)) if digits.isdecimal() else 1.0
