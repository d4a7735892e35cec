"""Fuzzing: `python -m fuzz` tries to break what meets foreign bytes, for FUZZ_SECONDS in all.

Each target has its share of the time and runs in a process of its own, guided by coverage
(atheris, libFuzzer). It starts from `tests/corpus/<target>/`, which the ordinary tests replay.
What breaks a target lies in `fuzz-findings/` afterwards; `python -m fuzz TARGET FILE` tries one
file again. A mended finding belongs into the corpus.
"""

import logging
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import atheris

TARGETS = ("answers", "decoding", "journal_files", "snmp", "streams")
CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
FINDINGS = Path("fuzz-findings")
DEFAULT_SECONDS = 600
MAX_INPUT_BYTES = 4096
MAX_RSS_MIB = 1024
ONE_INPUT_SECONDS = 25
INSTRUMENTED = ["agent", "collector", "govnet", "pyasn1"]


def run_one(target: str, arguments: list[str]) -> None:
    """Become libFuzzer for one target; does not return."""
    with atheris.instrument_imports(include=INSTRUMENTED):
        feed = import_module(f"fuzz.{target}").feed
    logging.disable(logging.CRITICAL)  # Damage is logged, thousands of times a second.
    atheris.Setup([sys.argv[0], *arguments], feed)
    atheris.Fuzz()


def run_all(seconds: int) -> int:
    """Give every target its share of the time and print what came of it; return the status."""
    status = 0
    for target in TARGETS:
        grown = FINDINGS / "grown" / target
        grown.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "fuzz", target, str(grown), str(CORPUS / target)),
                f"-max_total_time={max(1, seconds // len(TARGETS))}",
                f"-max_len={MAX_INPUT_BYTES}",
                f"-rss_limit_mb={MAX_RSS_MIB}",
                f"-timeout={ONE_INPUT_SECONDS}",
                f"-artifact_prefix={FINDINGS}/{target}-",
                "-print_final_stats=1",
            ],
            capture_output=True,
            check=False,
        )
        said = done.stderr.decode("utf-8", "replace") + done.stdout.decode("utf-8", "replace")
        runs = re.search(r"number_of_executed_units:\s*(\d+)", said)
        rss = re.search(r"peak_rss_mb:\s*(\d+)", said)
        found = "nothing found" if done.returncode == 0 else f"BROKEN (status {done.returncode})"
        print(
            f"{target}: {runs[1] if runs else '?'} runs, "
            f"at most {rss[1] if rss else '?'} MiB, {found}",
            flush=True,
        )
        if done.returncode:
            status = 1
            print(said[-8000:], flush=True)
    return status


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_one(sys.argv[1], sys.argv[2:])
    sys.exit(run_all(int(os.environ.get("FUZZ_SECONDS", DEFAULT_SECONDS))))
