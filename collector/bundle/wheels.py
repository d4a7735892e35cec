"""Python's packages of a bundle, in the versions that run here: for a venv, and for images.

Locked means: exactly what is installed where the bundle is made, and was tested there. pip finds
what our own wheel needs of it; `requirements.txt` beside the wheels has their sums.
"""

import importlib.metadata
import sys
import tempfile
from pathlib import Path

from collector.bundle.files import sum_of
from collector.bundle.sources import Sources, files_like, run
from govnet import __version__

FOLDER = "wheels"
_HINT = "needs pip and its index; or give a folder that has the wheels: --wheels FOLDER"


def gather(sources: Sources, out: Path) -> None:
    """Add our wheel and every one that it needs here. Raises BundleError."""
    folder = out / FOLDER
    own = files_like(sources.packages, f"govnet-{__version__}-*.whl", "make packages")[0]
    found = () if sources.wheels is None else ("--no-index", f"--find-links={sources.wheels}")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as locked:
        locked.write(constraints())
        locked.flush()
        run(
            *(sys.executable, "-m", "pip", "download", "--disable-pip-version-check"),
            *("--quiet", "--only-binary=:all:", f"--constraint={locked.name}", *found),
            *(f"--dest={folder}", f"{own}[agent,collector]"),
            hint=_HINT,
        )
    (folder / "requirements.txt").write_text(requirements(folder), encoding="ascii")


def constraints() -> str:
    """Return what is installed, as pip reads it; but for ourselves."""
    installed = {
        f"{one.name}=={one.version}\n"
        for one in importlib.metadata.distributions()
        if one.name != "govnet"
    }
    return "".join(sorted(installed))


def requirements(folder: Path) -> str:
    """Return the wheels of a folder with their sums, for `pip install --require-hashes`."""
    lines = []
    for path in sorted(folder.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        lines.append(f"{name}=={version} --hash=sha256:{sum_of(path)}\n")
    return "".join(lines)
