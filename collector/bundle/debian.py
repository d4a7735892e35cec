"""The .deb files of a bundle: ours, and all that they need on a bare Debian, as an apt repository.

apt resolves the whole closure against a machine that has nothing, so any target of the same release
finds what it lacks. `install.sh` gives the folder to apt as its only source; what is there already
stays as it is.
"""

import hashlib
import tempfile
from pathlib import Path

from collector.bundle.manifest import BundleError
from collector.bundle.sources import Sources, copy, debian_release, files_like, run

FOLDER = "debs"
OURS = frozenset({"govnet", "govnet-agent"})
_HINT = "needed to collect Debian packages; or give a folder that has them: --debian FOLDER"
_APT_HINT = "apt-get update first; or give a folder that has the packages: --debian FOLDER"


def gather(sources: Sources, out: Path) -> None:
    """Add Debian's packages for those of ours that are in the bundle. Raises BundleError."""
    folder = out / FOLDER
    if sources.debian is not None:
        there = OURS | {_package_of(path) for path in folder.glob("*.deb")}
        for path in files_like(sources.debian, "*.deb", "expected Debian packages"):
            # The folder of an earlier stick has our packages of then, too.
            if _package_of(path) not in there:
                add(path, folder)
        return
    folder.mkdir(exist_ok=True)
    debian_release()
    with tempfile.TemporaryDirectory(prefix="govnet-bundle-") as name:
        place = Path(name)
        (place / "partial").mkdir()
        (place / "status").touch()
        ours = sorted(str(path.absolute()) for path in folder.glob("*.deb"))
        options = (
            f"Dir::State::status={place / 'status'}",
            f"Dir::State::extended_states={place / 'extended_states'}",
            f"Dir::Cache={place}",
            f"Dir::Cache::archives={place}",
            "APT::Install-Recommends=false",
            "APT::Sandbox::User=",
            "Debug::NoLocking=true",
        )
        run(
            "apt-get",
            *(f"--option={option}" for option in options),
            *("--quiet", "--yes", "--download-only", "install"),
            *ours,
            *sources.debian_packages,
            hint=_APT_HINT,
        )
        for path in sorted(place.glob("*.deb")):
            add(path, folder)


def _package_of(path: Path) -> str:
    return path.name.partition("_")[0]


def add(path: Path, folder: Path) -> None:
    """Copy a package, by the name that it has in Debian's pool. Raises BundleError.

    That is without the epoch: `%3a` in names confuses whoever unquotes.
    """
    form = "${Package} ${Version} ${Architecture}"
    told = run("dpkg-deb", "--show", f"--showformat={form}", path, hint=_HINT, quiet=True)
    package, version, architecture = told.split()
    copy(path, folder, f"{package}_{version.rpartition(':')[2]}_{architecture}.deb")


def index(out: Path) -> None:
    """Write what apt reads of the .deb files, and for which release and architecture they are."""
    folder = out / FOLDER
    debs = sorted(folder.glob("*.deb"))
    if not debs:
        return
    stanzas = []
    for path in debs:
        fields = run("dpkg-deb", "--field", path, hint=_HINT, quiet=True).strip()
        content = path.read_bytes()
        sums = f"Size: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}"
        stanzas.append(f"{fields}\nFilename: ./{path.name}\n{sums}\n")
    (folder / "Packages").write_text("\n".join(stanzas), encoding="utf-8")
    architecture = run("dpkg", "--print-architecture", hint=_HINT, quiet=True).strip()
    (folder / "TARGET").write_text(f"{debian_release()} {architecture}\n", encoding="ascii")


def add_grafana(path: Path, folder: Path) -> None:
    """Copy Grafana's package. Raises BundleError if it is not there, or another's."""
    if not path.is_file():
        raise BundleError([f"--grafana: {path}: no such file"])
    name = run("dpkg-deb", "--field", path, "Package", hint=_HINT, quiet=True).strip()
    if name not in {"grafana", "grafana-enterprise"}:
        raise BundleError([f"{path}: expected the .deb of Grafana, got {name!r}"])
    add(path, folder)
