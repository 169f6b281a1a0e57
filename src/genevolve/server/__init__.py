"""``genevolve serve`` and ``genevolve mcp``: one queue of generations, and the ways in which other programs reach it."""
