"""`govnet bundle`: one USB stick with all of a version, for a data centre without Internet."""

import argparse
import sys
from pathlib import Path

from collector.bundle import DEBIAN_PACKAGES, MANIFEST, OPTIONAL_PARTS
from collector.commands.arguments import Commands, add_command, add_group

_CHECKOUT = Path(__file__).parents[2]
_PUBLIC_KEY_WAY = (
    "take the .pub file to the data centre by another way than the stick: whoever can change the"
    " stick must not be able to change it"
)


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(
        commands, "bundle", "One USB stick with all of a version, for a place without Internet."
    )
    key = add_command(
        actions, "key", "Make the key pair by which targets know who made a stick.", make_key
    )
    key.add_argument(
        "file", type=Path, metavar="FILE", help="the private key; FILE.pub is the public one"
    )
    _add_make(actions)
    verify = add_command(
        actions,
        "verify",
        "Say whether a stick is exactly what was signed: every byte, nothing missing, nothing new.",
        verify_bundle,
    )
    verify.add_argument("folder", type=Path, metavar="FOLDER", help="the bundle on the stick")
    verify.add_argument(
        "--public-key",
        type=Path,
        metavar="FILE",
        required=True,
        help="of whoever made it (required)",
    )


def _add_make(actions: Commands) -> None:
    command = add_command(
        actions,
        "make",
        "Put a bundle together: packages and all that they need, rules, docs, sums, signature.",
        make_bundle,
    )
    command.description = (
        "Put a bundle together from a checkout after `make packages`, on a machine with Internet"
        " and the Debian of the target: our packages and all that they need, Prometheus,"
        " Alertmanager, dashboards, rules, docs, the installer, sums and signature. Whatever is"
        " missing is named; nothing is left out silently."
    )
    command.add_argument(
        "--out", type=Path, metavar="FOLDER", required=True, help="a new folder (required)"
    )
    command.add_argument(
        "--key", type=Path, metavar="FILE", required=True, help="of `govnet bundle key` (required)"
    )
    command.add_argument(
        "--packages",
        type=Path,
        metavar="FOLDER",
        default=Path("dist"),
        help="what `make packages` built (default: dist)",
    )
    command.add_argument(
        "--checkout",
        type=Path,
        metavar="FOLDER",
        default=_CHECKOUT,
        help="of this version (default: that of this program)",
    )
    command.add_argument(
        "--without",
        action="append",
        default=[],
        choices=OPTIONAL_PARTS,
        metavar="PART",
        help=f"leave a part out, may be given several times: {', '.join(OPTIONAL_PARTS)}"
        " (default: nothing is)",
    )
    command.add_argument(
        "--for-tests",
        action="store_true",
        help="take the Windows installer whose Python is a stand-in, govnet-agent-...-test.msi; so"
        " the manifest names it (default: it is refused)",
    )
    command.add_argument(
        "--wheels",
        type=Path,
        metavar="FOLDER",
        help="take Python's packages from here (default: download the versions that run here)",
    )
    command.add_argument(
        "--debian",
        type=Path,
        metavar="FOLDER",
        help="take Debian's packages from here (default: download them as apt is configured here)",
    )
    command.add_argument(
        "--debian-package",
        action="append",
        default=[],
        metavar="NAME",
        help="one more package of Debian with all that it needs, may be given several times"
        f" (default: {', '.join(DEBIAN_PACKAGES)})",
    )
    command.add_argument(
        "--grafana", type=Path, metavar="FILE", help="the .deb of Grafana, which Debian has not"
    )
    command.add_argument(
        "--images",
        type=Path,
        metavar="FILE",
        help="settings that name the container images (default: deploy/compose/.env.example)",
    )
    command.add_argument(
        "--image-archive",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="an image as `docker save` writes it, may be given several times (default: none)",
    )


def make_key(options: argparse.Namespace) -> int:
    """Make the pair; say what to do with it."""
    from collector.bundle.signing import make_pair  # noqa: PLC0415

    public = make_pair(options.file)
    print(f"{options.file}: the private key: it stays on this machine, and a copy in a safe")
    print(f"{public}: the public key: {_PUBLIC_KEY_WAY}")
    return 0


def make_bundle(options: argparse.Namespace) -> int:
    """Make the bundle; print by what it is known."""
    from collector.bundle.files import sum_of  # noqa: PLC0415
    from collector.bundle.make import make  # noqa: PLC0415
    from collector.bundle.signing import load_private  # noqa: PLC0415
    from collector.bundle.sources import Sources  # noqa: PLC0415

    sources = Sources(
        checkout=options.checkout,
        packages=options.packages,
        is_for_tests=options.for_tests,
        wheels=options.wheels,
        debian=options.debian,
        debian_packages=(*DEBIAN_PACKAGES, *options.debian_package),
        grafana=options.grafana,
        images=options.images,
        image_archives=tuple(options.image_archive),
    )
    number = make(sources, options.out, options.without, load_private(options.key), _tell)
    print(f"{options.out}: {number} files, listed in CONTENTS.txt, signed")
    print(f"sha256 of its MANIFEST: {sum_of(options.out / MANIFEST)}")
    return 0


def verify_bundle(options: argparse.Namespace) -> int:
    """Verify the bundle; print how many files are as they were signed."""
    from collector.bundle.files import check  # noqa: PLC0415
    from collector.bundle.signing import load_public  # noqa: PLC0415

    tell = _tell_over if sys.stderr.isatty() else _tell_nothing
    try:
        number = check(options.folder, load_public(options.public_key), tell)
    finally:
        tell("")
    print(f"{options.folder}: {number} files, all as they were signed")
    return 0


def _tell(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)


def _tell_over(what: str) -> None:
    """Show one line after the other in the same place of a terminal."""
    print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)


def _tell_nothing(_: str) -> None:
    """Say nothing: nobody watches."""
