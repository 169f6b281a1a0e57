"""Lessons that are wrong in nothing but what they say: the control of an experiment with lessons."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache

from genevolve.experience.bundle import Bullet, Bundle, Guidance
from genevolve.world.quirks.profile import QUIRKS
from genevolve.world.quirks.quirk import Quirk


def misled(bundle: Bundle) -> Bundle:
    """``bundle`` with another option's rule in the place of each rule of a quirk; what is about something else stays."""
    own = bundle.decision_guidance
    changed = {field.name: tuple(map(_misled, getattr(own, field.name))) for field in fields(Guidance)}
    return replace(bundle, decision_guidance=Guidance(**changed))


def _misled(bullet: Bullet) -> Bullet:
    return replace(bullet, text=_others().get(bullet.text, bullet.text))


@cache
def _others() -> Mapping[str, str]:
    """The sentence of the next option of the same quirk, by the sentence of each."""
    return dict(_pairs())


def _pairs() -> Iterator[tuple[str, str]]:
    for quirk in QUIRKS.values():
        for option, rule in quirk.options.items():
            other = quirk.options[next_option(quirk, option)]
            yield rule.advice, other.advice
            yield rule.guard, other.guard


def next_option(quirk: Quirk, option: str) -> str:
    """The option behind ``option`` in the alphabet; behind the last one, the first."""
    names = sorted(quirk.options)
    return names[(names.index(option) + 1) % len(names)]
