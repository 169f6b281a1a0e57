"""The sheet that a form is drawn on, and what is put on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from genevolve.store.faces import HEAVY, MEDIUM
from genevolve.world.sketch.bands import Text, as_block
from genevolve.world.sketch.plan import RGB, ImageSource, Mark, MarkKind, PixelBox, Shadow, Sprite, TextBlock
from genevolve.world.sketch.text import Setting, fit

_FILLS: tuple[RGB, ...] = (
    (38, 99, 201), (214, 76, 34), (32, 132, 72), (142, 60, 170), (196, 140, 16), (0, 128, 140), (186, 40, 92), (92, 84, 200),
)  # fmt: skip
_SMALLEST = 9.0  # pixels of a letter, at least
_NEAR = 90  # difference of colours, summed over the channels, below which a bar does not stand out


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledSlot:
    """What is drawn in one slot. ``value``: of a bar, with what is written over it."""

    texts: tuple[Text, ...] = ()
    key: str = ""
    source: ImageSource | None = None
    value: float | None = None
    said: str = ""
    under: int | None = None  # the number of the slot that it hangs from
    skip: int = 0  # empty cells before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where a form is drawn: its space, the colour of the ground, and the shorter side of the canvas."""

    area: PixelBox
    ground: RGB
    side: float
    columns: int = 0

    @property
    def ink(self) -> RGB:
        return (34, 38, 48) if sum(self.ground) > 330 else (246, 246, 240)

    @property
    def soft(self) -> RGB:
        """Between the ground and white (or black): for frames that hold a text."""
        toward = 255 if sum(self.ground) > 330 else 20
        red, green, blue = (round(0.35 * value + 0.65 * toward) for value in self.ground)
        return red, green, blue

    def fill(self, number: int) -> RGB:
        fills = [one for one in _FILLS if sum(abs(a - b) for a, b in zip(one, self.ground, strict=True)) > _NEAR]
        return fills[number % len(fills)]

    @property
    def stroke(self) -> float:
        return max(2.0, 0.007 * self.side)

    def frame(self, box: PixelBox) -> Mark:
        return Mark(kind=MarkKind.FRAME, fill=self.soft, ink=self.ink, box=box, width=self.stroke)

    def line(self, start: tuple[float, float], end: tuple[float, float], kind: MarkKind = MarkKind.LINE) -> Mark:
        return Mark(kind=kind, fill=self.ink, ink=self.ink, start=start, end=end, width=self.stroke * 1.2)


@dataclass(slots=True)
class DrawnForm:
    marks: list[Mark] = field(default_factory=list)
    figures: list[Sprite] = field(default_factory=list)
    texts: list[TextBlock] = field(default_factory=list)

    def picture(self, slot: FilledSlot, box: PixelBox) -> None:
        """As large as fits into the middle of ``box``."""
        if slot.source is None:
            return
        w = min(box.w, box.h * slot.source.aspect)
        h = w / slot.source.aspect
        placed = PixelBox(x=box.cx - w / 2, y=box.cy - h / 2, w=w, h=h)
        self.figures.append(Sprite(key=slot.key, source=slot.source, box=placed, shadow=Shadow.NONE))

    def text(
        self,
        text: Text,
        box: PixelBox,
        px: float,
        *,
        align: str = "center",
        face: str = MEDIUM,
        top: bool = False,
    ) -> None:
        """In the middle of ``box`` (or at its ``top``), at most ``px`` high."""
        setting = fit(text.content, face, width=box.w, height=box.h, max_px=px, min_px=min(px, _SMALLEST))
        x = {"left": box.x, "center": box.cx - setting.width / 2, "right": box.right - setting.width}[align]
        y = box.y if top else box.cy - setting.height / 2
        at = PixelBox(x=x, y=y, w=setting.width, h=setting.height)
        self.texts.append(as_block(text, setting, at, align))

    def figure(self, said: str, box: PixelBox, px: float) -> None:
        """A value over its bar: it belongs to no text of the scene."""
        setting = fit(said, HEAVY, width=box.w, height=box.h, max_px=px, min_px=min(px, _SMALLEST))
        at = PixelBox(x=box.cx - setting.width / 2, y=box.bottom - setting.height, w=setting.width, h=setting.height)
        self.texts.append(TextBlock(key="", lines=setting.lines, face=setting.face, px=setting.px, box=at, align="center"))


def size_of(texts: Sequence[Text], w: float, h: float, largest: float, face: str = MEDIUM) -> float:
    """The largest size, at most ``largest``, in which each of ``texts`` fits into ``w`` × ``h``."""
    return min((_fitted(text, w, h, largest, face).px for text in texts), default=largest)


def _fitted(text: Text, w: float, h: float, largest: float, face: str) -> Setting:
    return fit(text.content, face, width=w, height=h, max_px=largest, min_px=min(largest, _SMALLEST))


def nth_texts(slots: Sequence[FilledSlot], number: int) -> list[Text]:
    return [slot.texts[number] for slot in slots if len(slot.texts) > number]
