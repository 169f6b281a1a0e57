"""Profiles (TOML) to members: which member plays each role, with which settings, under which limits."""
