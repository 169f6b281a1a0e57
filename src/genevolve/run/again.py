"""A generation that a kill left unfinished and that is asked for again: it goes on, and nothing of it is paid for twice."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from genevolve.core.episode import Episode, IllegalEvent
from genevolve.core.event import images_of, payments
from genevolve.core.replay import resume
from genevolve.core.request import Request
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder, deciding
from genevolve.run.generations import Recorded
from genevolve.services.secrets import recordable
from genevolve.store.journal import records


def unfinished(folder: RunFolder, known: Sequence[Recorded]) -> tuple[Recorded, ...]:
    """Those of ``known`` that have no result. Directories from before results were kept in lines are taken for finished."""
    if not folder.results.exists() and (folder.path / "result.json").exists():
        return ()
    done = {str(row.get("id")) for row in records(folder.results)}
    return tuple(each for each in known if each.request.id not in done)


def made_by(about: Mapping[str, Any]) -> str:
    """A digest of all in ``about`` that decides what becomes of a request: members, limits of the episode, libraries."""
    known = recordable(dict(about))
    told = [deciding(known.get(name)) for name in ("profile", "plugins", "libraries")]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode("utf-8", "replace")).hexdigest()[:16]


def asked_again(left: Sequence[Recorded], asked: Request, made: str) -> tuple[Recorded, ...]:
    """Those of ``left`` that differ from ``asked`` in name and seed alone (``asked`` itself, or variations of it), and that
    were begun by the same members."""
    return tuple(each for each in left if each.made == made and _wish(each.request) == _wish(asked))


def _wish(request: Request) -> tuple[Any, ...]:
    """What is asked for, whatever it and those that it follows are called where they lie."""
    chain = [(each.request.text, each.seed, each.picture.digest) for each in request.chain]
    return request.text, [(picture.title, picture.digest) for picture in request.references], request.size, chain


def taken_up(several: Sequence[Request], again: Sequence[Recorded], name: Callable[[list[str]], str]) -> list[Request]:
    """``several``, each as the one of ``again`` with its seed was asked for then; the others get a ``name`` that is free."""
    before = {each.request.seed: each.request for each in reversed(again)}
    made: list[Request] = []
    for each in several:
        made.append(before.get(each.seed) or replace(each, id=name([other.id for other in made])))
    return made


def gone_on(begun: Episode, before: Recorded, setup: Components) -> Episode | None:
    """``begun`` with what the journal has of it, which budgets count; None where it cannot go on from that."""
    if not all(setup.images.path(digest).is_file() for event in before.events for digest in images_of(event)):
        return None
    try:
        episode = resume(begun, before.events, forget_failures=True)
    except IllegalEvent:
        return None
    for event in before.events:
        for paid in payments(event):
            setup.charge(paid)
    return episode


def others(known: Sequence[Recorded], several: Sequence[Request]) -> tuple[Recorded, ...]:
    """Those of ``known`` that are none of ``several``."""
    names = {each.id for each in several}
    return tuple(each for each in known if each.request.id not in names)


def as_before(asked: Request, again: Sequence[Recorded]) -> Request:
    """``asked`` after the very generations that it followed then."""
    return replace(asked, after=again[0].request.after) if again else asked
