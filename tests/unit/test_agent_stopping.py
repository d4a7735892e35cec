"""The request to stop: from any thread, before or after somebody runs."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from agent.stopping import Stop


def test_whoever_runs_when_it_is_asked_stops():
    stop, first, second = Stop(), threading.Event(), threading.Event()
    stop.ends(first.set)
    stop.ends(second.set)

    stop.ask()

    assert (first.is_set(), second.is_set(), stop.is_asked) == (False, True, True)


def test_whoever_starts_after_it_was_asked_stops_at_once():
    stop, ended = Stop(), threading.Event()
    stop.ask()

    stop.ends(ended.set)

    assert ended.is_set()


def test_the_end_of_the_input_is_a_request():
    reader, writer = os.pipe()
    stop, ended = Stop(), threading.Event()
    stop.ends(ended.set)
    stop.on_end_of_input(reader)
    os.write(writer, b"whatever is said is no request\n")
    assert not ended.wait(0.1)

    os.close(writer)

    assert ended.wait(30)
    os.close(reader)


def test_a_run_whose_input_is_closed_ends_in_order(tmp_path: Path):
    """As a Windows service ends its child: no signal, no console."""
    files = {"config": "agent.toml", "state-dir": "state", "token-file": "token"}
    options = [f"--{option}={tmp_path / name}" for option, name in files.items()]
    running = subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "run", *options, "--stop-when-stdin-closes"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin is not None
    assert running.stderr is not None
    with running.stdin, running.stderr:
        said = running.stderr.readline().decode()
        assert "no token in" in said
        running.stdin.close()

        assert running.wait(30) == 0
