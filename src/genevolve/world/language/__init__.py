"""Plain English → ``Scene``: objects, texts, background, light and style, and what was left open.

``reader.read`` is the only entrance. ``tokens`` → ``parser``, which tries the readings (``texts``, ``relations``, ``objects``,
…) at each token; ``discourse`` holds what was said so far, ``drafts`` what becomes a ``model.Scene``. ``claims`` turns a scene
into what can be checked on pixels. Words are data: ``lexicon.toml``, ``inventory.toml``.
"""
