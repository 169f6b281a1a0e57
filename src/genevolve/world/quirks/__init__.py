"""A generator's hidden habits: how things must be worded for it to honour them. docs/quirks.md has the table.

``told`` is a prompt as the generator hears it, ``kinds`` the habits it can have, ``profile`` those of one generator, and
``rewording`` what somebody who knows the rules does with a prompt.
"""
