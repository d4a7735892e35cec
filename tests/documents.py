"""The project's pages, and a reader who types what they say into a terminal of his own."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fenced_blocks import Block

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "dashboards/README.md")),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "deploy").glob("*/README.md"),
    ]
)
ADDRESS, NAME = "198.18.0.11", "collector.province.example"
"""The reader's machine, as the pages call it."""
PAGE_SECONDS = 300.0

PREPARED = {
    "province": f"cp -r {ROOT}/inventory.yaml {ROOT}/province .",
    "package": f"mkdir -p /etc/govnet && cp {ROOT}/deploy/debian/govnet/collector.toml /etc/govnet",
    # What systemd does with the package's unit.
    "served": """\
govnet serve >serve.log 2>&1 &
until govnet health >/dev/null 2>&1; do sleep 0.5; done""",
    "installed": f"""\
mkdir -p /etc/govnet && cp -r {ROOT}/inventory.yaml {ROOT}/province /etc/govnet
printf '%s\\n' 'data_dir = "/var/lib/govnet"' 'url = "https://govnet.lamdong.example:8470"' \
  'inventory = "inventory.yaml"' >/etc/govnet/collector.toml""",
    "collector": f"""\
cp -r {ROOT}/inventory.yaml {ROOT}/province .
govnet serve >serve.log 2>&1 &
until govnet health >/dev/null 2>&1; do sleep 0.5; done""",
}
"""By the word of a page's block: what a reader of that page has before it."""

_UNTIL_CTRL_C = re.compile(r"^(govnet(?:-agent)? (serve|run)\b[^#\n]*).*$", re.MULTILINE)
_ONCE_READY = {
    "serve": "until govnet health >/dev/null 2>&1; do sleep 0.5; done",
    "run": "until govnet-agent status >/dev/null 2>&1; do sleep 0.5; done",
}

# /etc and /var are laid over with the page's own, so what a command writes there goes with it.
_MACHINE = f"""\
ip link set lo up
ip address add {ADDRESS}/32 dev lo
for name in etc var; do
  mkdir over-$name work-$name
  mount -t overlay overlay -o lowerdir=/$name,upperdir=over-$name,workdir=work-$name /$name
done
echo "{ADDRESS} {NAME}" >>/etc/hosts
git config --system user.name reader
git config --system user.email reader@province.example
mkdir -m 700 terminal && cd terminal
export HOME=$PWD
"""


def type_in(blocks: Sequence[Block], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Type the blocks into one terminal, one after the other; return how it ended.

    The machine has a network, processes, /etc and /var of its own: nothing of it is left. `gn1....`
    stands for the word that was printed last. Needs root.
    """
    script = [_MACHINE]
    said = folder / "said"
    for number, block in enumerate(blocks):
        script += [PREPARED[word] for word in block.words if word in PREPARED]
        typed = folder / f"block-{number}.sh"
        typed.write_text(_to_type(block), encoding="utf-8")
        script += [
            f"word=$(grep -o '^gn1[.][^ ]*' {said} | tail -n 1 || true)",
            f'sed -i "s/gn1[.][.][.][.]/$word/" {typed}',
            f"cat {typed}",
            f". {typed}",
        ]
    (folder / "page.sh").write_text("\n".join(script), encoding="utf-8")
    with said.open("w") as output:
        done = subprocess.run(
            [
                *("timeout", "--signal=KILL", f"{PAGE_SECONDS:.0f}"),
                *("unshare", "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"),
                *("bash", "-e", "page.sh"),
            ],
            cwd=folder,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    logs = [log.read_text(encoding="utf-8") for log in (folder / "terminal").rglob("*.log")]
    text = "\n".join([said.read_text(encoding="utf-8"), *logs])
    return subprocess.CompletedProcess(done.args, done.returncode, text)


def _to_type(block: Block) -> str:
    """Return the block's text; what runs until Ctrl-C goes on beside what is typed next."""
    return _UNTIL_CTRL_C.sub(
        lambda line: f"{line[1]} >{line[2]}.log 2>&1 &\n{_ONCE_READY[line[2]]}", block.text
    )
