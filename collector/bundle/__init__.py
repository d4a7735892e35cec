"""The bundle: all of one version on one USB stick, for a data centre without Internet.

A bundle is a folder. `MANIFEST` has the SHA-256 of every other file in it, as `sha256sum -c` reads
it; `MANIFEST.sig` is its Ed25519 signature, as `openssl pkeyutl` verifies it; `install.sh` on it
installs. `make` puts one together part by part (`parts`), `check` compares one with its manifest.
"""

from pathlib import PurePosixPath

MANIFEST = PurePosixPath("MANIFEST")
SIGNATURE = PurePosixPath("MANIFEST.sig")
UNLISTED = frozenset({str(MANIFEST), str(SIGNATURE)})
"""What the manifest cannot list: itself, and what is made from it."""

OPTIONAL_PARTS = (
    "centre",
    "agent",
    "windows",
    "deployment",
    "images",
    "docs",
    "grafana",
    "wheels",
    "debian",
)
"""Every part of the table in `parts` that may be left out; the installer may not."""
DEBIAN_PACKAGES = (
    "prometheus",
    "prometheus-alertmanager",
    "openssl",
    "chrony",
    "iproute2",
    "iputils-ping",
    "msitools",
)
"""What is installed beside ours, or recommended by it; `openssl` verifies the next stick and
`msitools` stamps the Windows installer with the province's token."""
