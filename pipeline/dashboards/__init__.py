"""Kibana dashboards as code: read, checked, compiled for two generations of Kibana, and drawn without it."""
