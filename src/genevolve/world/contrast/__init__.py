"""The rule-based summariser: what the better of two attempts did differently, told in fixed sentences."""
