"""Benchmark suites whose requests or answers rest on the offline world."""
