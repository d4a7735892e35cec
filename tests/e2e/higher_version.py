"""Our Debian packages once more as a higher version, with a schema of its own.

The same code but for the version that it tells and one migration.
"""

import re
import subprocess
from pathlib import Path

from collector.store.migrating import newest_schema

HIGHER = "99.0"
HIGHER_SCHEMA = "9999"
_MIGRATION = f'''"""A table that the version before has not."""

import sqlalchemy as sa
from alembic import op

revision = "{HIGHER_SCHEMA}"
down_revision = "{newest_schema()}"


def upgrade() -> None:
    op.create_table("higher", sa.Column("id", sa.Integer, primary_key=True))
'''


def make_higher(package: Path, folder: Path) -> Path:
    """Return a package in that folder which is made of this one."""
    tree = folder / package.stem
    _run("dpkg-deb", "--raw-extract", package, tree)
    _replace(tree / "DEBIAN/control", r"^Version: .*$", f"Version: {HIGHER}")
    for found in tree.glob("usr/lib/*/lib/*/site-packages/govnet/__init__.py"):
        mark_higher(found)
    for found in tree.glob("usr/lib/*/lib/*/site-packages/collector/store/migrations/versions"):
        (found / "r9999_higher.py").write_text(_MIGRATION)
    name, _, architecture = package.name.split("_")
    higher = folder / f"{name}_{HIGHER}_{architecture}"
    _run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, higher)
    return higher


def mark_higher(init: Path) -> None:
    """Change the version that `govnet/__init__.py` tells."""
    _replace(init, r'^__version__ = ".*"$', f'__version__ = "{HIGHER}"')


def _replace(path: Path, pattern: str, text: str) -> None:
    changed, count = re.subn(pattern, text, path.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1, path
    path.write_text(changed, "utf-8")


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
