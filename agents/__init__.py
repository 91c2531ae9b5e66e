"""Faust agents: wiring only."""
