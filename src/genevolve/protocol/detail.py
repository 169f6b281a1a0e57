"""What a small model with a short context is told of a text."""

import re

from genevolve.core.detail import Detail

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_WORD = re.compile(r"\w+")
BRIEF_HITS = 3
BRIEF_WORDS = 32
__all__ = ["BRIEF_HITS", "BRIEF_WORDS", "Detail", "extract"]


def extract(snippet: str, query: str, words: int = BRIEF_WORDS) -> str:
    """The sentences of ``snippet`` that share most words with ``query``, in their order, at most about ``words`` words.

    Where none shares a word, the first sentences.
    """
    sentences = _SENTENCE_END.split(snippet.strip())
    wanted = _words(query)
    shared = [len(_words(sentence) & wanted) for sentence in sentences]
    telling = [place for place in range(len(sentences)) if 2 * shared[place] >= max(shared)]
    ranked = sorted(telling, key=lambda place: (-shared[place], place))
    chosen: list[int] = []
    left = words
    for place in ranked:
        length = len(sentences[place].split())
        if chosen and length > left:
            break
        chosen.append(place)
        left -= length
    return " ".join(" ".join(sentences[place].split()[: 2 * words]) for place in sorted(chosen))


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if len(word) > 2}
