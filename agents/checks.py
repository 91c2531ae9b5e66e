"""What must be installed for Faust to lose nothing; a worker refuses to start without it."""

from importlib import import_module
from typing import Final

from faust import streams
from faust.transport import conductor

from schemas.errors import ConfigurationError

# Faust's stream and conductor exist twice; the Python twin of the stream acknowledges events that it skips.
_COMPILED: Final = ("faust._cython.streams", "faust.transport._cython.conductor")
# Faust's client decodes lz4, zstd and snappy by cramjam. Without it one such batch ends the worker again and again.
_CODECS: Final = "cramjam"


def check_faust() -> None:
    """Say nothing when this installation of Faust can be used.

    Raises:
        ConfigurationError: a compiled part or the codecs are missing, or the environment switches them off.
    """
    missing = [name for name in _COMPILED if not _is_installed(name)]
    if missing or streams.NO_CYTHON or conductor.NO_CYTHON:
        what = f"{', '.join(missing)} cannot be imported" if missing else "NO_CYTHON is set"
        msg = f"Faust runs without its compiled parts ({what}), which can lose messages; unset NO_CYTHON and reinstall "
        msg += "faust-streaming from a wheel"
        raise ConfigurationError(msg)
    if not _is_installed(_CODECS):
        msg = "cramjam is not installed, so compressed batches cannot be read: pip install cramjam"
        raise ConfigurationError(msg)


def _is_installed(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True
