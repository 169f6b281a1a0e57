"""Suites of cases, and the statistics that compare systems on them."""
