"""Faulty answers that an imperfect teacher hands in once and mends when told, so that its student sees how to mend one.

The faults are those that small policies make: a reference that the prompt never uses, a prompt that uses a reference which was
not selected, a string that does not end where it should.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from genevolve.core.program import Program, Selection, ordinal_phrases

_NAMED = ", copied from the first reference image,"
_VERB = re.compile(r"(?<=\w) (?=(?:is|are|stands?|sits?|lies?|hangs?|floats?)\b)")


def slipped(program: Program, pictures: Sequence[str], chance: Random) -> str:
    """The body of an answer that is ``program`` with one fault; ``pictures`` are the ids that may be selected."""
    return chance.choice(list(_faulty(program, pictures)))


def answer_body(program: Program) -> str:
    """``program`` as the JSON of an answer."""
    value = {
        "gen_prompt": program.prompt,
        "reference_images": [{"img_id": chosen.img_id, "note": chosen.note} for chosen in program.references],
    }
    return json.dumps(value, ensure_ascii=False)


def _faulty(program: Program, pictures: Sequence[str]) -> Iterator[str]:
    body = answer_body(program)
    yield body.replace('", "reference_images"', ', "reference_images"')
    if '\\"' in body:
        yield body.replace('\\"', '"')
    used = [chosen.img_id for chosen in program.references]
    if used:
        yield answer_body(replace(program, references=program.references[:-1]))
        if (silent := _without_ordinal(program.prompt, len(used))) != program.prompt:
            yield answer_body(replace(program, prompt=silent))
        return
    if unused := [name for name in pictures if name not in used]:
        yield answer_body(replace(program, references=(Selection(img_id=unused[0], note="copy its look"),)))
    if _VERB.search(program.prompt):
        yield answer_body(replace(program, prompt=_VERB.sub(f"{_NAMED} ", program.prompt, count=1)))


def _without_ordinal(prompt: str, ordinal: int) -> str:
    """``prompt`` without its phrases about the reference ``ordinal``, where they are an aside of their own."""
    for phrase in reversed(ordinal_phrases(prompt)):
        before, after = prompt[: phrase.start], prompt[phrase.end :]
        aside = re.search(r", copied from the $", before)
        if phrase.ordinal == ordinal and aside:
            prompt = before[: aside.start()] + after.removeprefix(",")
    return prompt
