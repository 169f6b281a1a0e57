"""Strict local counterparts of the services, for tests."""
