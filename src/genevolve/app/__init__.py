"""One function for each command, and the registry that puts the parts together."""
