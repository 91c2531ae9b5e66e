"""One target under the fuzzer: `python -m tests.fuzz.one TARGET [libFuzzer options] CORPUS`; started by `make fuzz`."""

import sys
import warnings


def main() -> None:
    """Run until the options end it; the process ends here."""
    import atheris  # which only `make fuzz` installs

    with atheris.instrument_imports(include=["pipeline", "schemas"]):
        from tests.fuzz.targets import TARGETS

    warnings.simplefilter("ignore")  # documents that are broken on purpose
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
