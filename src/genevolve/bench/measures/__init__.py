"""The measures: one class in one file each."""
