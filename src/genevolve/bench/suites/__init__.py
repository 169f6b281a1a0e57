"""Suites: where the requests of a benchmark come from, and what its judges may know about each."""
