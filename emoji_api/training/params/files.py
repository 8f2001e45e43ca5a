"""Parameter files: YAML documents, of which later ones override earlier ones."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from emoji_api.errors import DataError
from emoji_api.training.params.params import Params, check_params


def read_params(path: str | Path, *overlays: str | Path) -> Params:
    """Return the parameters in a file, overridden by those in the `overlays`, one after the other.

    An overlay has only what differs; see `merge` for the rules. Raises DataError for a file that cannot be read, and
    with the path of each wrong value.
    """
    paths = (path, *overlays)
    return check_params(reduce(merge, map(_read_yaml, paths)), " + ".join(map(str, paths)))


def merge(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` overridden by `overlay`.

    Mappings are merged key by key. Any other value, a list included, replaces the one in `base`. A null removes the
    key, so that the parameter has its default again, or a mapping such as `tweets.rows` has no such entry.
    """
    merged = dict(base)
    for key, value in overlay.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def _read_yaml(path: str | Path) -> Mapping[str, Any]:
    # not at the top: a serving installation imports the declarations and need not have PyYAML
    import yaml

    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path}: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, Mapping):
        raise DataError(f"{path}: is not a mapping of parameter names to values")
    return document
