"""A picture in the words of somebody who asks for it: the offline realiser.

Frames, occasions, clause forms and clause order are drawn independently of the task family, so that the wording around
the content says nothing about it. What the picture leaves unstated stays unsaid.
"""

from dataclasses import dataclass
from random import Random

from genevolve.world.recipes import wording
from genevolve.world.recipes.grammar import article, capitalised, expand, listed, normalized
from genevolve.world.recipes.picture import IntendedObject, IntendedPicture, IntendedText

MIN_WORDS, MAX_WORDS = 10, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clause:
    """One requirement, as a sentence of its own or (unless empty) as a phrase attached to the scene."""

    sentence: str
    attached: str = ""


@dataclass(slots=True)
class _Voice:
    """How this one writer writes: digits or words for numbers, which quotation marks, and the dice."""

    random: Random
    digits: bool
    quotes: tuple[str, str]
    bare: bool

    def pick(self, options: tuple[str, ...]) -> str:
        return self.random.choice(options)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability


def realise(picture: IntendedPicture, random: Random) -> str:
    """A request for ``picture`` in 10 to 80 words. The same picture and state of ``random`` give the same text."""
    for _ in range(50):
        text = _draft(picture, random)
        if MIN_WORDS <= len(text.split()) <= MAX_WORDS:
            return text
    raise ValueError(f"no wording of {MIN_WORDS} to {MAX_WORDS} words was found for {picture!r}")


def _draft(picture: IntendedPicture, random: Random) -> str:
    voice = _Voice(
        random=random, digits=random.random() < 0.25, quotes=random.choice(wording.QUOTES), bare=random.random() < 0.08
    )
    occasion = _occasion(picture, voice)
    titled, words = _title_into_occasion(picture, occasion, voice)
    scene, loose = _scene(picture, voice)
    clauses = [*loose, *(_words_clause(entry, picture, voice) for entry in words), *_setting(picture, voice)]
    random.shuffle(clauses)
    attached, sentences = _attach(clauses, voice)
    frames: tuple[str, ...] = wording.FRAMES if picture.words or voice.chance(0.4) else wording.PLAIN_FRAMES
    if titled != occasion:
        frames = tuple(frame for frame in frames if "ccasion}" in frame)
    purpose = f"for {voice.pick(wording.PURPOSES)}"
    opening = expand(
        voice.pick(frames),
        random,
        make=voice.pick(wording.MAKE),
        showing=voice.pick(wording.SHOWING),
        occasion=titled,
        Occasion=capitalised(titled),
        scene=scene,
        Scene=capitalised(scene),
        attached=attached,
        purpose=f" {purpose}" if voice.chance(0.45) else "",
        purposed=purpose,
    )
    sentences += [*_requirements(picture, voice)]
    asides = _one_thanks(random.sample(wording.ASIDES, random.choice((0, 0, 0, 0, 1, 1, 2))))
    return capitalised(normalized(" ".join([opening, *sentences, *asides])))


def _one_thanks(asides: list[str]) -> list[str]:
    """Nobody says thank you twice, and it comes last."""
    thanks = [aside for aside in asides if aside in wording.THANKS]
    return [*(aside for aside in asides if aside not in thanks), *thanks[:1]]


def _occasion(picture: IntendedPicture, voice: _Voice) -> str:
    nouns = wording.LETTERED_OCCASIONS if picture.words and voice.chance(0.85) else wording.PLAIN_OCCASIONS
    return article(normalized(f"{voice.pick(wording.QUALIFIERS)} {voice.pick(nouns)}"))


def _title_into_occasion(picture: IntendedPicture, occasion: str, voice: _Voice) -> tuple[str, list[IntendedText]]:
    """Sometimes the title comes first: 'a poster titled "X"'. The words that are still to be said come back with it."""
    words = list(picture.words)
    titles = [entry for entry in words if entry.role == "title" and not (entry.described or entry.place or entry.colour)]
    if not titles or not voice.chance(0.2):
        return occasion, words
    words.remove(titles[0])
    return expand(voice.pick(wording.TITLED), voice.random, occasion=occasion, t=_quoted(titles[0].text, voice)), words


# ---- the things -------------------------------------------------------------------------------------------------------


def _scene(picture: IntendedPicture, voice: _Voice) -> tuple[str, list[_Clause]]:
    """The things as one noun phrase, and the clauses about them that did not go into it."""
    parts: list[str] = []
    loose: list[_Clause] = []
    targets = {key for figure in picture.figures for key in figure.targets}
    inline = voice.chance(0.65)  # for all: "a and b at the top. a is at the bottom." would say two things about a
    for figure in picture.figures:
        if figure.direction:
            parts.append(_relation(figure, picture, voice))
        elif figure.key not in targets:
            phrase, clauses = _placed_phrase(figure, picture, voice, inline=inline)
            parts.append(phrase)
            loose += clauses
    if len(parts) > 1 and any(" with " in part or " and " in part for part in parts):
        return "; ".join(parts) if voice.chance(0.3) else ", and ".join(parts), loose
    return listed(parts), loose


def _relation(figure: IntendedObject, picture: IntendedPicture, voice: _Voice) -> str:
    assert figure.direction is not None
    targets = [picture.figure(key) for key in figure.targets]
    names = {key: _arranged(one, voice) for key, one in zip("abc", (figure, *targets), strict=False)}
    forms = wording.RELATIONS[figure.direction]
    if any(len(name.split()) > 5 for name in names.values()):  # nobody could tell what "with … to its left" belongs to
        forms = tuple(form for form in forms if form.startswith("{a}"))
    plural = targets[0].number > 1
    pronouns = {"it": "them" if plural else "it", "its": "their" if plural else "its"}
    return expand(voice.pick(forms), voice.random, **names, **pronouns)


def _arranged(figure: IntendedObject, voice: _Voice) -> str:
    phrase = noun_phrase(figure, voice)
    return f"{phrase} {voice.pick(wording.ARRANGEMENTS[figure.arrangement])}" if figure.arrangement else phrase


def _placed_phrase(
    figure: IntendedObject, picture: IntendedPicture, voice: _Voice, *, inline: bool
) -> tuple[str, list[_Clause]]:
    phrase, clauses = _arranged(figure, voice), []
    if figure.place:
        where = voice.pick(wording.THING_PLACES[figure.place])
        if inline:
            phrase += f" {where}"
        else:
            name = again(figure, picture)
            slots = {"a": name, "A": capitalised(name), "is": "are" if figure.number > 1 else "is", "w": where}
            clauses.append(_Clause(sentence=expand(voice.pick(wording.PLACE_SENTENCES), voice.random, **slots)))
    return phrase, clauses


def noun_phrase(figure: IntendedObject, voice: _Voice) -> str:
    """The first mention: "three red cups", "an apple", or the hidden description."""
    if figure.said:
        return figure.said
    colour = voice.pick(wording.COLOUR_WORDS.get(figure.colour, (figure.colour,))) if figure.colour else ""
    head = f"{colour} {figure.plural if figure.number > 1 else figure.noun}".strip()
    if figure.number == 1:
        return article(head)
    return f"{_amount(figure.number, voice)} {head}"


def _amount(number: int, voice: _Voice) -> str:
    if number == 2 and voice.chance(0.1):
        return "a pair of"
    if number == 6 and voice.chance(0.15):
        return "half a dozen"
    amount = str(number) if voice.digits else wording.NUMBERS[number]
    return f"exactly {amount}" if voice.chance(0.1) else amount


def again(figure: IntendedObject, picture: IntendedPicture) -> str:
    """A later mention: "the cups"; with its colour, or as the first one, where another figure is called the same."""
    same = [other for other in picture.figures if other.noun == figure.noun]
    head = figure.plural if figure.number > 1 else figure.noun
    if len(same) > 1:
        head = f"{figure.colour} {head}" if figure.colour else f"{('first', 'second', 'third')[same.index(figure)]} {head}"
    return f"the {head}"


# ---- words, setting, requirements -------------------------------------------------------------------------------------


def _quoted(text: str, voice: _Voice) -> str:
    opening, closing = ('"', '"') if "'" in text or "’" in text else voice.quotes
    return f"{opening}{text}{closing}"


def _words_clause(entry: IntendedText, picture: IntendedPicture, voice: _Voice) -> _Clause:
    sentences, attached = _text_forms(entry, picture)
    slots = _text_slots(entry, picture, voice)
    if not entry.described:
        if voice.bare and entry.role == "title" and entry.text.isupper() and not entry.colour:
            slots["t"], attached = entry.text, wording.BARE_TITLED
        if entry.colour:
            attached = tuple(form for form in attached if "{ink}" in form)
    said = expand(voice.pick(attached), voice.random, **slots) if attached else ""
    return _Clause(sentence=capitalised(expand(voice.pick(sentences), voice.random, **slots)), attached=said)


def _text_slots(entry: IntendedText, picture: IntendedPicture, voice: _Voice) -> dict[str, str]:
    return {
        "d": entry.described,
        "t": _quoted(entry.text, voice),
        "ink": voice.pick(wording.INK).replace("{c}", entry.colour) if entry.colour else "",
        "at": voice.pick(wording.TEXT_PLACES[entry.place]) if entry.place else "",
        "it": again(picture.figure(entry.target), picture) if entry.target else "",
    }


def _text_forms(entry: IntendedText, picture: IntendedPicture) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentence forms and attached forms for the role of ``entry``."""
    match entry.role:
        case _ if entry.described:
            return _described_forms({other.role for other in picture.words if other is not entry})
        case "label":
            return wording.LABEL_SENTENCES, wording.LABEL_ATTACHED if len(picture.figures) == 1 else ()
        case "caption":
            return wording.CAPTION_SENTENCES, wording.CAPTION_ATTACHED
        case _:
            return wording.TITLE_SENTENCES, wording.TITLE_ATTACHED


def _described_forms(taken: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Forms for a text that is described; it is not called a caption or title where another text is."""
    sentences, attached = [*wording.DESCRIBED_SENTENCES], [*wording.DESCRIBED_ATTACHED]
    if "caption" not in taken:
        sentences += wording.DESCRIBED_CAPTIONS
        attached += wording.DESCRIBED_CAPTIONED
    if not taken:
        sentences += wording.DESCRIBED_TITLES
        attached += wording.DESCRIBED_TITLED
    return tuple(sentences), tuple(attached)


def _setting(picture: IntendedPicture, voice: _Voice) -> list[_Clause]:
    clauses = []
    if picture.backdrop:
        colour = voice.pick(wording.COLOUR_WORDS.get(picture.backdrop, (picture.backdrop,)))
        forms = (wording.BACKDROP_SENTENCES, wording.BACKDROP_ATTACHED)
        sentence, attached = (expand(voice.pick(options), voice.random, c=colour) for options in forms)
        clauses.append(_Clause(sentence=capitalised(sentence), attached=attached))
    if picture.style:
        style = voice.pick(wording.STYLES[picture.style])
        sentence = expand(voice.pick(wording.STYLE_SENTENCES), voice.random, s=style, S=capitalised(style))
        clauses.append(_Clause(sentence=sentence, attached=style))
    return clauses


def _attach(clauses: list[_Clause], voice: _Voice) -> tuple[str, list[str]]:
    """Up to two clauses hang on the scene, the others become sentences; a second "with" is joined by "and"."""
    limit = voice.random.choice((0, 1, 1, 2, 2))
    attached, sentences = "", []
    for clause in clauses:
        if clause.attached and limit and len(attached.split()) < 22:
            attached += f"{voice.pick((',', '', ',')) if not attached else ','} {clause.attached}"
            limit -= 1
        else:
            sentences.append(clause.sentence)
    return attached, sentences


def _requirements(picture: IntendedPicture, voice: _Voice) -> list[str]:
    """Sentences that only make sense after the scene was named."""
    found = []
    for figure in picture.figures:
        name = again(figure, picture)
        slots = {"a": name, "A": capitalised(name), "It": "They" if figure.number > 1 else "It"}
        if figure.larger_than:
            other = again(picture.figure(figure.larger_than), picture)
            found.append(expand(voice.pick(wording.LARGER), voice.random, **slots, b=other, B=capitalised(other)))
        if figure.grounded:
            found.append(expand(voice.pick(wording.GROUNDED), voice.random, **slots))
        if figure.intact:
            found.append(expand(voice.pick(wording.INTACT), voice.random, **slots))
    voice.random.shuffle(found)
    if picture.nothing_else:
        found.append(expand(voice.pick(wording.NOTHING_ELSE), voice.random))
    return found
