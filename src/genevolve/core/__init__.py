"""Domain objects and the sans-IO episode. Standard library only: no IO, clock, randomness or logging."""
