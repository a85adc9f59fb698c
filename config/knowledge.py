"""How knowledge files of this package are read: YAML by the safe loader, CSV with `#` comment lines."""

import csv
from importlib import resources
from typing import Any

import yaml

from config.errors import KnowledgeError

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, which is several times as quick, where PyYAML was built with it."""


def text(name: str) -> str:
    """The text of a file in config/."""
    try:
        return resources.files("config").joinpath(name).read_text(encoding="utf-8")
    except OSError as error:
        raise KnowledgeError(f"config/{name} can't be read: {error}") from error


def read_yaml(name: str) -> Any:
    """The content of a YAML file. Raises KnowledgeError with the place of a slip."""
    try:
        return yaml.load(text(name), Loader=LOADER)  # noqa: S506  (a safe loader, both)
    except yaml.YAMLError as error:
        raise KnowledgeError(f"config/{name} is no YAML: {error}") from error


def read_csv(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file parted by semicolons, its first line without `#` being the header."""
    lines = [line for line in text(name).splitlines() if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter=";"))
