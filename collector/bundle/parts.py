"""The parts of a bundle, in the order in which they are put together: a table.

Parts that lie on this machine come first: what is missing is known before anything is downloaded.
"""

import io
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from collector.bundle import debian, wheels
from collector.bundle.manifest import BundleError
from collector.bundle.sources import Sources, copy_all, files_like
from govnet import __version__

_PACKAGES = "build it with: make packages"
_WINDOWS_PYTHON = (
    "build it with python.org's, make msi WINDOWS_PYTHON=... WINDOWS_PYTHON_SHA256=..."
    " (deploy/windows/README.md)"
)
_IMAGE = re.compile(r"^([A-Z_]+_IMAGE=\S*)$", re.MULTILINE)
"""A setting of compose.yaml; what it says is the operator's choice, and may still be open."""


@dataclass(frozen=True)
class Part:
    """One part: its name for `--without`, where it goes, what it is, and who gathers it."""

    name: str
    folder: str
    vietnamese: str
    english: str
    gather: Callable[[Sources, Path], None]
    """Writes into the bundle; raises BundleError with what is missing."""


def _installer(sources: Sources, out: Path) -> None:
    copy_all([sources.checkout / "deploy/offline/install.sh"], out)
    (out / "install.sh").chmod(0o755)


def _centre(sources: Sources, out: Path) -> None:
    copy_all(files_like(sources.packages, f"govnet_{__version__}_*.deb", _PACKAGES), out / "debs")


def _agent(sources: Sources, out: Path) -> None:
    copy_all(
        files_like(sources.packages, f"govnet-agent_{__version__}_*.deb", _PACKAGES), out / "debs"
    )


def _windows(sources: Sources, out: Path) -> None:
    """Copy the installer; build.sh gives one with a Python for tests another name."""
    usual, for_tests = (f"govnet-agent-{__version__}-x64{end}.msi" for end in ("", "-test"))
    hint = _PACKAGES
    if not sources.is_for_tests and (sources.packages / for_tests).is_file():
        hint = f"{for_tests} has a Python for tests only: {_WINDOWS_PYTHON}"
    installer = for_tests if sources.is_for_tests else usual
    copy_all(files_like(sources.packages, installer, hint), out / "windows")
    setup = files_like(sources.packages, f"govnet-setup-{__version__}-*.exe", _PACKAGES)
    copy_all(setup, out / "windows")
    copy_all([sources.checkout / "deploy/windows/report.ps1"], out / "windows")


def _deployment(sources: Sources, out: Path) -> None:
    """Pack into a tar: names in Vietnamese and executable files outlive no FAT."""
    (out / "deploy").mkdir()
    with tarfile.open(out / f"deploy/govnet-{__version__}-deploy.tar", "w") as archive:
        for path in _deployed(sources.checkout):
            content = path.read_bytes()
            entry = tarfile.TarInfo(path.relative_to(sources.checkout).as_posix())
            entry.size = len(content)
            entry.mode = 0o755 if path.suffix == ".sh" else 0o644
            archive.addfile(entry, io.BytesIO(content))


def _deployed(checkout: Path) -> Iterator[Path]:
    """Yield dashboards, rules, provisioning, compose files and units, sorted."""
    for folder in ("dashboards", "deploy"):
        for path in sorted((checkout / folder).rglob("*")):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                yield path


def _images(sources: Sources, out: Path) -> None:
    usual = sources.checkout / "deploy/compose/.env.example"
    listed = files_like(
        (sources.images or usual).parent, (sources.images or usual).name, "--images"
    )
    names = _IMAGE.findall(listed[0].read_text(encoding="utf-8"))
    copy_all(sources.image_archives, out / "images")
    (out / "images").mkdir(exist_ok=True)
    (out / "images/IMAGES.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _docs(sources: Sources, out: Path) -> None:
    docs = sources.checkout / "docs"
    copy_all(files_like(docs, "*.md", "expected the pages"), out / "docs")
    copy_all(files_like(docs / "img", "*", "expected their pictures"), out / "docs/img")
    copy_all([sources.checkout / "CHANGELOG.md", sources.checkout / "LICENSE"], out / "docs")


def _grafana(sources: Sources, out: Path) -> None:
    if sources.grafana is None:
        raise BundleError(["Grafana is not in Debian: give its .deb with --grafana FILE"])
    debian.add_grafana(sources.grafana, out / "debs")


LOCAL = (
    Part("installer", "install.sh", "bộ cài đặt", "the installer", _installer),
    Part("centre", "debs", "máy chủ trung tâm", "the centre", _centre),
    Part("agent", "debs", "tác tử cho Linux", "the agent for Linux", _agent),
    Part("windows", "windows", "tác tử cho Windows", "the agent for Windows", _windows),
    Part(
        "deployment",
        "deploy",
        "bảng Grafana, quy tắc cảnh báo, cấu hình mẫu",
        "dashboards, rules, configurations",
        _deployment,
    ),
    Part("images", "images", "danh sách ảnh container", "the list of container images", _images),
    Part("docs", "docs", "tài liệu", "the documentation", _docs),
    Part("grafana", "debs", "Grafana", "Grafana", _grafana),
)
FETCHED = (
    Part("wheels", wheels.FOLDER, "các gói Python", "Python's packages", wheels.gather),
    Part("debian", debian.FOLDER, "các gói Debian", "Debian's packages", debian.gather),
)
