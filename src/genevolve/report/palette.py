"""The colours of systems and arms, in order: on a light page, on a dark one, and as a page that may be either names them."""

LIGHT = ("#3557d6", "#d2691e", "#1a8f6b", "#a03fb5", "#b8860b", "#c2332e", "#56687a", "#7c4a1e")
DARK = ("#8fa8ff", "#f2a65a", "#58d3ac", "#d691e8", "#e3c04d", "#ff8f87", "#aebccb", "#d3a67a")
COLOURS = len(LIGHT)
EITHER = tuple(f"var(--s{number})" for number in range(COLOURS))
