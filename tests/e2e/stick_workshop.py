"""What sticks are made of and by: our wheel, a stand-in for Grafana, `govnet bundle`."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.e2e.higher_version import HIGHER
from tests.e2e.offline_machine import run

ROOT = Path(__file__).parents[2]
MAKER_OF_HIGHER = f"""
import sys, govnet
govnet.__version__ = "{HIGHER}"
from collector.cli import main
sys.exit(main())
"""
"""`govnet` as the checkout of that version has it."""


def govnet(*words: str | Path) -> str:
    return run(sys.executable, "-m", "collector.cli", *words, cwd=ROOT)


def govnet_of_higher(*words: str | Path) -> str:
    return run(sys.executable, "-c", MAKER_OF_HIGHER, *words, cwd=ROOT)


def own_wheel(folder: Path, change: Callable[[Path], object] = lambda _: None) -> None:
    """Build from a copy, so that no build folder appears in the checkout."""
    copy = folder / "copy"
    for package in ("agent", "collector", "govnet", "inventory", "simulator"):
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    change(copy)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, copy)
    shutil.rmtree(copy)


def grafana_stand_in(folder: Path) -> Path:
    """Return a package of Grafana's name with nothing in it: Debian has no Grafana."""
    control = folder / "grafana/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(
        "Package: grafana\nVersion: 12.0.0\nArchitecture: all\nMaintainer: nobody <n@example>\n"
        "Description: stands in for Grafana\n"
    )
    run("dpkg-deb", "--root-owner-group", "-b", folder / "grafana", folder / "grafana_12.deb")
    return folder / "grafana_12.deb"
