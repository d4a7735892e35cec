"""What the pages tell their readers to type works, in the order in which they read it.

Blocks marked `sh runnable` are typed; all others stand in a list with the reason why not.
"""

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT, type_in
from tests.fenced_blocks import Block, blocks

pytestmark = [pytest.mark.e2e, pytest.mark.installs]

NOT_RUN = ROOT / "tests/golden/docs_blocks_not_run.txt"
OF_A_LANGUAGE = {
    "": "what a command prints",
    "console": "what a command prints",
    "ini": "a file's content",
    "json": "a file's content",
    "toml": "a file's content",
    "yaml": "a file's content",
}
_COMMENT = re.compile(r" +# .*")
REASONS = {
    *OF_A_LANGUAGE.values(),
    "another machine",
    "downloads packages",
    "make fresh runs it",
    "names of an example",
    "needs a package or a service of the system",
    "runs for minutes",
    "run by a test of its own",
    "Windows",
}


def _cases() -> list[object]:
    """Return the blocks of each page; pages in two languages with the same blocks are one case."""
    pages_by_blocks = defaultdict(list)
    for page in PAGES:
        runnable = tuple(block for block in blocks(page) if "runnable" in block.words)
        if runnable:
            pages_by_blocks[tuple(map(_without_comments, runnable))].append(page.stem)
    return [pytest.param(typed, id="+".join(names)) for typed, names in pages_by_blocks.items()]


def _without_comments(block: Block) -> Block:
    return replace(block, text=_COMMENT.sub("", block.text))


@pytest.mark.parametrize("typed", _cases())
def test_what_a_page_says_works_when_it_is_typed(typed: tuple[Block, ...], tmp_path: Path):
    ended = type_in(typed, tmp_path)

    assert ended.returncode == 0, ended.stdout


def test_every_block_that_is_not_run_has_its_reason(request: pytest.FixtureRequest):
    reasons = dict(
        line.rsplit(" | ", 1) for line in NOT_RUN.read_text(encoding="utf-8").split("\n")[:-1]
    )
    found = {
        f"{page.relative_to(ROOT)} | {block.first_line}": OF_A_LANGUAGE.get(block.language)
        for page in PAGES
        for block in blocks(page)
        if "runnable" not in block.words
    }
    if request.config.getoption("--update-golden"):
        lines = [f"{key} | {reason or reasons.get(key, '?')}\n" for key, reason in found.items()]
        NOT_RUN.write_text("".join(lines), encoding="utf-8")
        return

    assert list(reasons) == list(found)
    assert set(reasons.values()) <= REASONS
