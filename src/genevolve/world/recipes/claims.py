"""What must be visible in an intended picture: from the recipe alone, never from reading the request."""

from collections.abc import Iterator

from genevolve.core import claim as kinds
from genevolve.core.claim import Claim, Subject
from genevolve.world.recipes.picture import IntendedObject, IntendedPicture


def claims_of(picture: IntendedPicture) -> tuple[Claim, ...]:
    """One claim for each thing that the request states about the picture."""
    subjects = {figure.key: _subject(figure) for figure in picture.figures}
    found: list[Claim] = []
    for figure in picture.figures:
        found += _figure_claims(figure, subjects)
    found += [kinds.TextShown(text=words.text, place=words.place, colour=words.colour) for words in picture.words]
    if picture.backdrop:
        found.append(kinds.BackgroundColour(colour=picture.backdrop))
    if picture.style:
        found.append(kinds.Styled(style=picture.style))
    if picture.nothing_else:
        found.append(kinds.NothingElse(subjects=tuple(subjects.values())))
    return tuple(found)


def _subject(figure: IntendedObject) -> Subject:
    return Subject(key=figure.key, label=figure.label, looks=figure.looks)


def _figure_claims(figure: IntendedObject, subjects: dict[str, Subject]) -> Iterator[Claim]:
    subject = subjects[figure.key]
    yield kinds.Present(subject=subject)
    if figure.number > 1:
        yield kinds.Counted(subject=subject, count=figure.number)
    if figure.colour:
        yield kinds.Coloured(subject=subject, colour=figure.colour)
    if figure.place:
        yield kinds.Placed(subject=subject, place=figure.place)
    if figure.arrangement:
        yield kinds.Arranged(subject=subject, arrangement=figure.arrangement)
    if figure.direction:
        targets = tuple(subjects[key] for key in figure.targets)
        yield kinds.Related(subject=subject, direction=figure.direction, targets=targets)
    if figure.larger_than:
        yield kinds.Larger(subject=subject, other=subjects[figure.larger_than])
    if figure.grounded:
        yield kinds.Grounded(subject=subject)
    if figure.intact:
        yield kinds.Intact(subject=subject)
