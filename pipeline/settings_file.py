"""Where settings are written down: `newswire.toml` and the variables of the environment, as plain values.

A file or a mapping in, names and values out, not checked yet. `pipeline/settings.py` says which exist.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.errors import ConfigurationError

PREFIX = "NEWSWIRE_"


def read_file(path: Path, *, required: bool) -> dict[str, Any]:
    """Return what the file sets, nothing when it may be missing and is.

    Raises:
        ConfigurationError: it cannot be read as TOML, or is missing although a variable names it.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            msg = f"{path} does not exist; {PREFIX}CONFIG names the settings file"
            raise ConfigurationError(msg) from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{path} cannot be read as TOML: {error}"
        raise ConfigurationError(msg) from error


def read_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return what the variables set, by the settings' names.

    Raises:
        ConfigurationError: the pairs of `NEWSWIRE_MODELS` have another form.
    """
    values: dict[str, Any] = {}
    for variable, text in variables.items():
        # NEWSWIRE_TEST_* belongs to the test suite: addresses of services that are already running.
        if not variable.startswith(PREFIX) or variable == PREFIX + "CONFIG" or variable.startswith(PREFIX + "TEST_"):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name == "models":
            values[name] = dict(_parse_pair(pair, variable) for pair in text.split(",") if pair.strip())
        else:
            values[name] = text
    return values


def _parse_pair(pair: str, variable: str) -> tuple[str, str]:
    language, separator, model = pair.strip().partition("=")
    if not separator:
        msg = f"{variable}: {pair.strip()!r} is not of the form language=pipeline, as in en=en_core_web_sm"
        raise ConfigurationError(msg)
    return language, model
