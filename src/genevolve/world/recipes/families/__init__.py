"""Task families: each is one function from a draw to a draft, all listed in ``FAMILIES`` of its module."""
