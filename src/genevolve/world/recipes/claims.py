"""What must be visible in an intended picture: from the recipe alone, never from reading the request."""

from collections.abc import Iterator

from genevolve.core.claim import (
    Arranged,
    BackgroundColour,
    Claim,
    Coloured,
    Counted,
    Grounded,
    Intact,
    Larger,
    NothingElse,
    Placed,
    Present,
    Related,
    Styled,
    Subject,
    TextShown,
)
from genevolve.world.recipes.picture import IntendedObject, IntendedPicture


def claims_of(picture: IntendedPicture) -> tuple[Claim, ...]:
    """One claim for each thing that the request states about the picture."""
    subjects = {figure.key: _subject(figure) for figure in picture.figures}
    found: list[Claim] = []
    for figure in picture.figures:
        found += _figure_claims(figure, subjects)
    found += [TextShown(text=words.text, place=words.place, colour=words.colour) for words in picture.words]
    if picture.backdrop:
        found.append(BackgroundColour(colour=picture.backdrop))
    if picture.style:
        found.append(Styled(style=picture.style))
    if picture.nothing_else:
        found.append(NothingElse(subjects=tuple(subjects.values())))
    return tuple(found)


def _subject(figure: IntendedObject) -> Subject:
    return Subject(key=figure.key, label=figure.label, looks=figure.looks)


def _figure_claims(figure: IntendedObject, subjects: dict[str, Subject]) -> Iterator[Claim]:
    subject = subjects[figure.key]
    yield Present(subject=subject)
    if figure.number > 1:
        yield Counted(subject=subject, count=figure.number)
    if figure.colour:
        yield Coloured(subject=subject, colour=figure.colour)
    if figure.place:
        yield Placed(subject=subject, place=figure.place)
    if figure.arrangement:
        yield Arranged(subject=subject, arrangement=figure.arrangement)
    if figure.direction:
        targets = tuple(subjects[key] for key in figure.targets)
        yield Related(subject=subject, direction=figure.direction, targets=targets)
    if figure.larger_than:
        yield Larger(subject=subject, other=subjects[figure.larger_than])
    if figure.grounded:
        yield Grounded(subject=subject)
    if figure.intact:
        yield Intact(subject=subject)
