"""The fenced blocks of a Markdown page: what its readers copy into their terminals and files."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

_BLOCK = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block; `words` are those behind the language: ```` ```sh runnable ```` has one."""

    language: str
    words: tuple[str, ...]
    text: str

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0]


def blocks(page: Path) -> list[Block]:
    """Return the page's blocks in its order."""
    return [
        Block(*_language_and_words(info), dedent(text))
        for _, info, text in _BLOCK.findall(page.read_text(encoding="utf-8"))
    ]


def _language_and_words(info: str) -> tuple[str, tuple[str, ...]]:
    language, *words = info.split() or [""]
    return language, tuple(words)
