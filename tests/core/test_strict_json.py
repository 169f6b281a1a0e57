"""What is no JSON, or means two things, is refused, each with an error of its own kind; what is allowed is read."""

import json

import pytest

from genevolve.core.strict_json import NotFinite, RepeatedKey, TooDeep, fenced, strict_json


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"a": 1, "a": 2}', RepeatedKey),
        ('[{"b": {"a": 1, "a": 1}}]', RepeatedKey),
        ('{"a": NaN}', NotFinite),
        ("[-Infinity]", NotFinite),
        ("[" * 3 + "]" * 3, TooDeep),
        ("[" * 100_000 + "]" * 100_000, TooDeep),
        ("{", json.JSONDecodeError),
    ],
)
def test_refused(text: str, error: type[ValueError]) -> None:
    with pytest.raises(error) as caught:
        strict_json(text, deepest=2)
    assert type(caught.value) is error
    with pytest.raises(error):
        strict_json(text.encode(), deepest=2)


def test_the_key_is_named() -> None:
    with pytest.raises(RepeatedKey) as caught:
        strict_json('{"x": 0, "prompt": 1, "prompt": 2}')
    assert caught.value.key == "prompt" and "'prompt'" in str(caught.value)


def test_what_is_allowed() -> None:
    assert strict_json('{"a": 1, "a": 2}', unique=False) == {"a": 2}
    assert strict_json("[Infinity]", finite=False) == [float("inf")]
    assert strict_json('"[[[[[["', deepest=1) == "[[[[[["
    assert strict_json(b"[[1]]", deepest=2) == [[1]]


@pytest.mark.parametrize("text", ['```json\n{"a": 1}\n```', '```\n{"a": 1}\n```'])
def test_a_code_block_around_it(text: str) -> None:
    assert fenced(text) == '{"a": 1}'
    assert fenced(f"Here it is:\n{text}") is None and fenced(f"{text}\nDone.") is None
