"""Measurements against baselines of the same run. `make bench` prints one JSON line per figure."""
