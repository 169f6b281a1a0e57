"""Signs on drawn scales and cards: digits and a few letters as strokes on a grid of 4 × 6, and the suits of cards as areas."""

_STROKES = {
    "0": "M1 0H3L4 1V5L3 6H1L0 5V1Z",
    "1": "M1 1L2.4 0V6M1 6H3.8",
    "2": "M0 1.2Q0.4 0 2 0Q4 0 4 1.7Q4 2.8 0 6H4",
    "3": "M0 0.8Q1 0 2 0Q4 0 4 1.5Q4 3 1.8 3Q4 3 4 4.5Q4 6 2 6Q0.8 6 0 5.2",
    "4": "M3 6V0L0 4H4",
    "5": "M3.8 0H0.6L0.3 2.7Q4 2 4 4.2Q4 6 1.8 6Q0.6 6 0 5.3",
    "6": "M3.4 0Q0 1.6 0 4.2Q0 6 2 6Q4 6 4 4.3Q4 2.7 2 2.7Q0.3 2.7 0 4.2",
    "7": "M0 0H4L1.5 6",
    "8": "M2 3Q0.2 3 0.2 1.5Q0.2 0 2 0Q3.8 0 3.8 1.5Q3.8 3 2 3Q0 3 0 4.5Q0 6 2 6Q4 6 4 4.5Q4 3 2 3",
    "9": "M4 1.8Q3.7 3.3 2 3.3Q0 3.3 0 1.7Q0 0 2 0Q4 0 4 1.8Q4 4.4 0.6 6",
    "-": "M0.6 3H3.4",
    "°": "M0.8 0.8A1 1 0 1 1 0.8 0.81Z",
    "C": "M4 1Q3.2 0 2 0Q0 0 0 3Q0 6 2 6Q3.2 6 4 5",
    "F": "M4 0H0V6M0 2.8H3",
    "E": "M4 0H0V6H4M0 2.9H3",
    "A": "M0 6L2 0L4 6M0.8 4H3.2",
    "J": "M3.6 0V4.4Q3.6 6 1.8 6Q0 6 0 4.4",
    "Q": "M2 0Q0 0 0 3Q0 6 2 6Q4 6 4 3Q4 0 2 0M2.4 4.2L4.2 6.4",
    "K": "M0 0V6M4 0L0 3.4M1.4 2.4L4 6",
}
SUIT_PATHS = {  # in the square from -1 to 1
    "hearts": "M0 1C-0.5 0.45 -1 0.1 -1 -0.4C-1 -0.95 -0.25 -1.05 0 -0.5C0.25 -1.05 1 -0.95 1 -0.4C1 0.1 0.5 0.45 0 1Z",
    "diamonds": "M0 -1.1L0.78 0L0 1.1L-0.78 0Z",
    "spades": "M0 -1.05C0.4 -0.5 1 -0.15 1 0.3C1 0.8 0.35 0.85 0.12 0.42Q0.15 0.8 0.4 1.05H-0.4Q-0.15 0.8 -0.12 0.42"
    "C-0.35 0.85 -1 0.8 -1 0.3C-1 -0.15 -0.4 -0.5 0 -1.05Z",
    "clubs": "M0.1 0.2Q0.15 0.8 0.4 1.05H-0.4Q-0.15 0.8 -0.1 0.2A0.47 0.47 0 1 1 -0.4 -0.2A0.47 0.47 0 1 1 0.4 -0.2"
    "A0.47 0.47 0 1 1 0.1 0.2Z",
}


def lettered(text: str, at: tuple[float, float], height: float, colour: str = "#222222", width: float = 0.8) -> str:
    """``text`` in strokes, its upper left corner ``at`` this place."""
    size = height / 6
    step = 5.4 * size
    return "".join(
        f'<path transform="translate({at[0] + step * index:.2f} {at[1]:.2f}) scale({size:.4f})" '
        f'd="{_STROKES[sign]}" fill="none" '
        f'stroke="{colour}" stroke-width="{width / size:.3f}" stroke-linecap="round" stroke-linejoin="round"/>'
        for index, sign in enumerate(text)
    )
