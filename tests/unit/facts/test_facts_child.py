"""The real readers in their real child process, on the machine that runs the tests."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

from agent.checks.facts import read_in_child
from agent.facts.reading import Reading, decode, encode

SYSTEM_WORDS = {
    "root",
    "daemon",
    "bin",
    "sys",
    "sync",
    "games",
    "man",
    "lp",
    "mail",
    "news",
    "www-data",
}


def test_the_reading_travels_unchanged():
    reading = Reading(facts={"os.name": "Hệ điều hành"}, disks_healthy={"sda": True})

    assert decode(encode(reading)) == reading
    assert encode(reading).isascii()


def test_a_real_run_names_the_system_and_no_person(tmp_path: Path):
    """Whoever has an account or a home here must not stand in what is sent."""
    planted = {
        "USER": "nguyenvanan",
        "LOGNAME": "nguyenvanan",
        "HOME": str(tmp_path / "nguyenvanan"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "agent.facts"],
        env={**os.environ, **planted},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    reading = decode(done.stdout)
    assert reading.facts["os.name"]
    words = {
        word.lower()
        for text in (*reading.facts, *reading.facts.values())
        for word in text.replace(".", " ").replace("/", " ").split()
    }
    people = {one.pw_name.lower() for one in pwd.getpwall()} - SYSTEM_WORDS
    assert not words & {*people, "root", "nguyenvanan"}
    assert "nguyenvanan" not in done.stdout
    assert "/home" not in done.stdout


def test_the_check_reads_by_a_child_process():
    assert read_in_child((), 60.0).facts["os.name"]
