"""Hold the coverage of what is pure: `schemas` and the steps of `pipeline`. Run by `make test` after the tests.

Usage: python tests/coverage_floor.py .coverage.json
"""

import json
import sys
from pathlib import Path

FLOOR = 95.0
PURE = (
    "schemas/",
    "pipeline/extract/",
    "pipeline/sources/",
    "pipeline/stories/",
    "pipeline/search/",
    "pipeline/feeds/",
    "pipeline/enrich/calendar_days.py",
    "pipeline/enrich/citation",
    "pipeline/enrich/entities.py",
    "pipeline/enrich/fingerprint.py",
    "pipeline/enrich/gazetteer.py",
    "pipeline/enrich/keyword",
    "pipeline/enrich/language.py",
    "pipeline/enrich/origin",
    "pipeline/enrich/merge",
    "pipeline/enrich/places.py",
    "pipeline/enrich/quote",
    "pipeline/enrich/sal",
    "pipeline/enrich/span",
    "pipeline/enrich/time",
    "pipeline/delivery/",
    "pipeline/corrections/",
    "pipeline/index/corrected.py",
    "pipeline/index/document.py",
    "pipeline/index/entity_fields.py",
    "pipeline/alerts/ids.py",
    "pipeline/alerts/message.py",
    "pipeline/alerts/raising.py",
    "pipeline/alerts/retrying.py",
    "pipeline/alerts/rhythm.py",
    "pipeline/alerts/signature.py",
    "pipeline/clock.py",
    "pipeline/settings.py",
    "pipeline/roles.py",
)
ENTRY_POINTS = ("schemas/__main__.py",)


def measure(report: dict[str, dict[str, dict[str, dict[str, float]]]]) -> tuple[float, list[tuple[float, str]]]:
    """Return the percentage of covered lines and branches of the pure modules, and each module's own, lowest first."""
    covered = total = 0.0
    modules = []
    for file, facts in report["files"].items():
        if not file.startswith(PURE) or file in ENTRY_POINTS:
            continue
        summary = facts["summary"]
        hit = summary["covered_lines"] + summary.get("covered_branches", 0)
        all_ = summary["num_statements"] + summary.get("num_branches", 0)
        covered, total = covered + hit, total + all_
        modules.append((100 * hit / all_ if all_ else 100.0, file))
    return (100 * covered / total if total else 0.0), sorted(modules)


def main(path: Path) -> int:
    """Print the figure and return 1 when it is under the floor."""
    percent, modules = measure(json.loads(path.read_text(encoding="utf-8")))
    print(f"coverage of schemas and pure pipeline: {percent:.1f} % of lines and branches (floor {FLOOR:.0f} %)")
    if percent >= FLOOR:
        return 0
    for own, file in modules[:10]:
        print(f"  {own:5.1f} % {file}")
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
