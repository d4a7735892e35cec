"""The manifest of a bundle: one line `SHA-256, two spaces, path` for every file, sorted by path.

The form is that of `sha256sum`, so a target needs nothing of ours to check it. Paths are ASCII and
unlike each other in more than case: sticks are FAT, and no two computers agree on the rest. The
same files give the same bytes; there is no time in it. No file is read or written here.
"""

import re
from collections.abc import Iterable, Mapping

from govnet.errors import GovnetError

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_NAME = re.compile(r"[A-Za-z0-9_+~%@=,.][A-Za-z0-9_+~%@=,.-]{0,199}")
"""With `-` in front programs take it for an option; `sha256sum` takes `-` for its own input."""
_FAT_REFUSES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?|.*\.", re.IGNORECASE)

Sums = Mapping[str, str]
"""SHA-256 in hex by path; `/` between folders."""


class BundleError(GovnetError):
    """A bundle is not what it should be: one line per problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def render(sums: Sums) -> bytes:
    """Return the manifest. Raises BundleError for paths that a stick cannot hold."""
    if problems := path_problems(sums):
        raise BundleError(problems)
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums)).encode("ascii")


def parse(content: bytes) -> Sums:
    """Return what a manifest says. Raises BundleError with every line that cannot be.

    Only what `render` writes is taken: no two programs may read it differently.
    """
    sums: dict[str, str] = {}
    problems = []
    for number, line in enumerate(content.decode("ascii", "replace").split("\n")[:-1], start=1):
        if match := _LINE.fullmatch(line):
            sums[match[2]] = match[1]
        else:
            problems.append(f"MANIFEST:{number}: expected a SHA-256, two spaces and a path")
    problems += path_problems(sums)
    if not problems and render(sums) != content:
        problems.append("MANIFEST: expected each path once, sorted, a line each")
    if problems:
        raise BundleError(problems)
    return sums


def path_problems(paths: Iterable[str]) -> list[str]:
    """Return what keeps paths from being on a stick, sorted; [] if nothing does."""
    problems = []
    seen: dict[str, str] = {}
    for path in sorted(paths):
        twin = seen.setdefault(path.lower(), path)
        if twin != path:
            problems.append(f"{path}: expected a name of its own, {twin} differs only in case")
        for name in path.split("/"):
            if not _NAME.fullmatch(name) or _FAT_REFUSES.fullmatch(name):
                problems.append(
                    f"{path!r}: expected letters, digits and _+~%@=,.- that FAT takes, no - first"
                )
                break
    return problems


def differences(declared: Sums, found: Sums) -> list[str]:
    """Return how the files found differ from those declared, a sentence each; [] if they do not."""
    missing = [f"{path}: missing" for path in declared.keys() - found.keys()]
    extra = [f"{path}: not in the manifest" for path in found.keys() - declared.keys()]
    changed = [
        f"{path}: changed"
        for path in declared.keys() & found.keys()
        if declared[path] != found[path]
    ]
    return sorted(missing + extra + changed)
