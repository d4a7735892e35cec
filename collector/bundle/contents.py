"""The list of what is in a bundle, for people: `CONTENTS.txt`, in Vietnamese and English.

It is made from the names of the files, which carry their versions. There is no time in it.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from govnet import __version__

NAME = "CONTENTS.txt"
_KIB, _MIB = 1024, 1024 * 1024


class _Heading(NamedTuple):
    title: str
    folder: str
    is_ours: Callable[[str], bool]


def _is_govnet(name: str) -> bool:
    return name.startswith("govnet")


_HEADINGS = (
    _Heading("govnet cho Debian / govnet for Debian", "debs", _is_govnet),
    _Heading("govnet cho Windows / govnet for Windows", "windows", lambda _: True),
    _Heading(
        "Gói Debian kèm theo / Debian packages",
        "debs",
        lambda name: name.endswith(".deb") and not _is_govnet(name),
    ),
    _Heading("Gói Python / Python packages", "wheels", lambda name: name.endswith(".whl")),
    _Heading(
        "Bảng Grafana, quy tắc, cấu hình mẫu / dashboards, rules, configurations",
        "deploy",
        lambda _: True,
    ),
    _Heading("Tài liệu / documentation", "docs", lambda name: name.endswith(".md")),
)


def render(
    sizes: Mapping[str, int], images: Iterable[str], left_out: Iterable[str], target: str
) -> str:
    """Return the list: every package with version and size, every image, what was left out.

    `sizes` are bytes by path in the bundle; `target` is the release that the .deb files are for.
    """
    lines = [
        f"govnet {__version__}",
        "",
        "Cài đặt / to install:  ./install.sh --help",
        f"Máy đích / target:     Debian {target}",
    ]
    for heading in _HEADINGS:
        names = [
            PurePosixPath(path).name
            for path in sorted(sizes)
            if path.startswith(f"{heading.folder}/") and heading.is_ours(PurePosixPath(path).name)
        ]
        if names:
            lines += ["", heading.title]
        for name in names:
            label, version = _name_and_version(name)
            size = _size(next(sizes[p] for p in sizes if PurePosixPath(p).name == name))
            lines.append(f"  {label:<40} {version:<32} {size:>10}")
    _add_block(lines, "Ảnh container / container images", images)
    _add_block(lines, "Không có trên USB này / left out of this stick", left_out)
    return "\n".join(lines) + "\n"


def _add_block(lines: list[str], title: str, entries: Iterable[str]) -> None:
    if found := [f"  {entry}" for entry in entries]:
        lines += ["", title, *found]


def _name_and_version(name: str) -> tuple[str, str]:
    if name.endswith(".deb"):
        package, version, _ = name.split("_", 2)
        return package, version
    if name.endswith(".whl"):
        package, version = name.split("-")[:2]
        return package, version
    return name, ""


def _size(size: int) -> str:
    return f"{size / _MIB:.1f} MiB" if size >= _MIB else f"{size / _KIB:.0f} KiB"
