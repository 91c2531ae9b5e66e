"""The short form of fuzzing: every target with its seeds, with all past findings, and with bytes by hypothesis."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.one import MODULES
from tests.fuzz.targets import TARGETS

FINDINGS = Path(__file__).parent / "findings"
ALL_SEEDS = [seed for target in TARGETS.values() for seed in target.seeds]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a seed with stretches left out, doubled, or replaced by any bytes."""
    value = draw(st.sampled_from(ALL_SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(value)))
        end = draw(st.integers(start, min(len(value), start + 40)))
        value = value[:start] + draw(st.sampled_from([b"", value[start:end] * 2]) | st.binary(max_size=8)) + value[end:]
    return value


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_found_once_stays_mended(name: str) -> None:
    """Seeds and past findings pass."""
    target = TARGETS[name]
    for value in [*target.seeds, *(path.read_bytes() for path in sorted(FINDINGS.glob(f"{name}-*")))]:
        target.run(value)


def test_every_target_says_what_guides_it() -> None:
    """A new target names the packages whose branches the fuzzer follows, and they exist."""
    assert list(MODULES) == list(TARGETS)
    for module in {each for modules in MODULES.values() for each in modules}:
        assert find_spec(module) is not None, module


@pytest.mark.parametrize("name", TARGETS)
@given(value=mutated() | st.binary(max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_bytes_have_an_answer(name: str, value: bytes) -> None:
    """No target fails, whatever the bytes."""
    TARGETS[name].run(value)
