"""`make fresh`: the README's two commands on a clean Debian 12, timed.

What is typed is what the README's blocks say. The demo is started in two clean roots, one after the
other: the second finds what the first one downloaded, so its time is that of the work alone.
Run as root: `python3 -m tests.fresh demo|test`. It needs mmdebstrap, git and Python, nothing else.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fenced_blocks import blocks
from tests.fresh.clean_debian import CleanDebian

ROOT = Path(__file__).parents[2]
PLACEHOLDER, REPOSITORY = "<this repository>", "/srv/govnet.git"
LINK = re.compile(r"http://\S+/login\?once=\S+")
PROGRESS = re.compile(r"\d%|\(Reading database")
GOAL_SECONDS = 120.0
STOP_SECONDS = 60.0


def demo(clean: CleanDebian) -> bool:
    """Start the demo twice; tell both times. Return whether the second one met the goal."""
    downloading = _first_screen(clean, "downloading")
    alone = _first_screen(clean, "downloaded")
    print(f"first screen: {downloading:.0f} s with its downloads, {alone:.0f} s without them")
    is_met = alone <= GOAL_SECONDS
    print(f"goal: {GOAL_SECONDS:.0f} s without downloads: {'met' if is_met else 'MISSED'}")
    return is_met


def tests(clean: CleanDebian) -> bool:
    """Run the test command in a clean root; return whether it ended with 0."""
    clone = _commands()[0].partition("\n")[0]
    with _like(clean, "test") as debian:
        started = time.monotonic()
        running = debian.start(f"{clone}\n{_commands()[1]}")
        try:
            for line in _lines(running):
                print(f"{time.monotonic() - started:7.1f} s  {line}", flush=True)
            status = running.wait()
        finally:
            _end(running)
    print(f"make test: exit status {status} after {time.monotonic() - started:.0f} s")
    return status == 0


def _first_screen(clean: CleanDebian, name: str) -> float:
    """Return the seconds from the first command to the page behind the demo's link."""
    with _like(clean, name) as debian:
        started = time.monotonic()
        running = debian.start(_commands()[0])
        try:
            for line in _lines(running):
                print(f"{time.monotonic() - started:7.1f} s  {line}", flush=True)
                found = LINK.search(line)
                if found:
                    _read(found[0])
                    return time.monotonic() - started
            raise SystemExit("the demo printed no link")
        finally:
            _end(running)


def _read(link: str) -> None:
    """Open the link as a browser does: it signs in and leads to the page."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(link, timeout=30) as answer:
        page = answer.read().decode()
    assert "Bây giờ" in page, page[:500]


def _end(running: "subprocess.Popen[str]") -> None:
    """Press Ctrl-C; whoever does not listen is killed with the root's first process."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGINT)
    try:
        running.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()


def _lines(running: "subprocess.Popen[str]") -> Iterator[str]:
    """Return what is said, without the pictures of progress."""
    assert running.stdout is not None
    for line in running.stdout:
        if not PROGRESS.search(line):
            yield line.rstrip("\n")


def _commands() -> list[str]:
    """Return the README's two blocks, for the copy of the repository."""
    typed = [block.text for block in blocks(ROOT / "README.md") if block.language == "sh"]
    demo_block, test_block = typed[:2]
    assert PLACEHOLDER in demo_block
    assert "make test" in test_block
    return [demo_block.replace(PLACEHOLDER, REPOSITORY), test_block]


@contextmanager
def _like(clean: CleanDebian, name: str) -> Iterator[CleanDebian]:
    copy = clean.copy(clean.folder.with_name(name))
    try:
        yield copy
    finally:
        shutil.rmtree(copy.folder)


def main() -> int:
    """Do the steps that were asked for; return 0 if all were good."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.fresh", description=__doc__)
    steps = {"demo": demo, "test": tests}
    parser.add_argument("step", nargs="*", choices=(*steps, []), help="default: both")
    chosen = parser.parse_args().step or list(steps)
    if os.geteuid() != 0:
        parser.error("must be root: it makes a root file system and mounts in it")
    with tempfile.TemporaryDirectory(prefix="govnet-fresh-", dir="/var/tmp") as folder:
        started = time.monotonic()
        clean = CleanDebian(Path(folder, "clean"), Path(folder, "downloads"))
        clean.make()
        clean.lay_in(ROOT, REPOSITORY)
        print(f"a clean Debian 12 in {time.monotonic() - started:.0f} s", flush=True)
        results = [steps[step](clean) for step in chosen]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
