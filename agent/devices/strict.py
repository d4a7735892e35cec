"""YAML into plain data as it is written: a repeated key is a mistake, and so is what is no YAML.

PyYAML is loaded here and nowhere else in the agent; who imports this module wants profiles.
"""

from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Strict(_Loader):  # type: ignore[misc]  # The class depends on how PyYAML was built.
    """Refuses keys that stand twice, of which YAML would silently keep the last."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int):
            raise yaml.constructor.ConstructorError(
                None, None, f"expected a name, got {key!r}", key_node.start_mark
            )
        if key in found:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key!r} stands twice", key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(text: str) -> Any:
    """Return the data of one YAML document. Raises ValueError with the reason and the line."""
    try:
        return yaml.load(text, Loader=_Strict)  # noqa: S506 - a SafeLoader that refuses more
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"{where}{exc.problem or exc}") from exc
    except yaml.YAMLError as exc:
        raise ValueError(str(exc)) from exc
