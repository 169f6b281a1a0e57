"""Keys in every setting, header, address and answer, and nowhere in what a run leaves behind."""

import asyncio
import base64
import io
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from genevolve.app.run import FileRun
from genevolve.cli.main import cli
from genevolve.core.errors import UsageError
from genevolve.services.secrets import REDACTED, Secrets, cleaned, learn, shown_address
from tests.services.chat_server import message
from tests.services.thread import serving
from tests.services.wire import Reply, Request, answer

LETTERS = string.ascii_letters + string.digits
keys = st.text(alphabet=LETTERS + "-_.+/=!~$", min_size=24, max_size=60).filter(
    lambda key: len(_letters(key)) >= 20 and key == key.strip()
)


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char in LETTERS)


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda key: quote(key, safe=""),
    lambda key: quote(quote(key, safe=""), safe=""),
    lambda key: json.dumps(json.dumps(key)),
    lambda key: base64_of(f"user:{key}"),
    lambda key: base64_of(f"someone:{key}:more"),
    lambda key: base64.urlsafe_b64encode(f"x{key}".encode()).decode(),
    lambda key: key.encode().hex(),
    lambda key: " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
    lambda key: "\n".join(key[start : start + 8] for start in range(0, len(key), 8)),
    lambda key: '", "'.join(key),
    lambda key: f"https://images.example/a.png?token={quote(key)}&size=2",
    lambda key: key[: len(key) * 2 // 3],
    lambda key: key[len(key) // 3 :],
)


@given(key=keys, form=st.sampled_from(FORMS), before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_form_of_a_key_passes(key: str, form: Callable[[str], str], before: str, after: str) -> None:
    clean = Secrets({"A_KEY": key}).redact(f"{before} {form(key)} {after}")
    assert REDACTED in clean
    rest = _letters(clean.replace(REDACTED, "\n"))
    for hidden in (_letters(key), _letters(base64_of(key)), key.encode().hex()):
        assert not any(hidden[start : start + 14] in rest for start in range(len(hidden) - 13))


@given(st.text(max_size=300))
def test_texts_without_keys_stay_as_they_are(text: str) -> None:
    secrets = Secrets({"A_KEY": "sk-0123456789-ABCDEFGHIJ-qrstuvwxyz", "B_TOKEN": "pässwörd-ß"})
    assert secrets.redact(text) == text


def test_short_parts_of_a_key_are_words_like_others() -> None:
    assert Secrets({"A_KEY": "benchmark-of-the-year-2031"}).redact("a benchmark of 2031") == "a benchmark of 2031"


def test_passwords_of_proxies_are_keys() -> None:
    secrets = Secrets(
        {"HTTPS_PROXY": "http://me:pass%21word@proxy.example:3128", "OPENAI_BASE_URL": "https://x/v1?api_key=qwertz123"}
    )
    for text in ("pass%21word", "pass!word", base64_of("me:pass!word"), "407 for me:pass!word", "?api_key=qwertz123"):
        assert REDACTED in secrets.redact(text)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value", ["me:{}@h:1", "http://me:{}@h:1", "socks5h://me:{}@h:1", "https://{}@h:1", "http://me:a/{}@h"]
)
def test_a_proxy_of_any_kind_gives_no_password_away(name: str, value: str) -> None:
    key = "qwertz-UIOP-1234"
    assert key not in Secrets({name: value.format(key)}).redact(f"407 {key}, {value.format(key)}")


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "X-Api-Key", "accessToken", "clientSecret", "secretKey", "Cookie", "bearer", "passphrase", "A_PAT"],
)
def test_keys_go_by_many_names(name: str) -> None:
    key = f"{name}-{random.Random(name).getrandbits(128):032x}"
    for secrets in (Secrets({name: key}), Secrets({"BASE_URL": f"https://x/v1?{name}={key}"})):
        assert key not in secrets.redact(f"bad key: {key}")
    assert key not in shown_address(f"https://x/v1?{name}={key}")
    learn({"extra_body": {"more": [{name: key}]}})
    assert key not in Secrets({}).redact(f"bad key: {key}")


@pytest.mark.parametrize("name", ["PWD", "DESKTOP_SESSION", "max_tokens", "monkey", "keyboard", "XDG_SESSION_PATH", "compass"])
def test_what_is_not_named_as_a_key_stays(name: str) -> None:
    assert Secrets({name: "/home/somebody/things"}).redact("in /home/somebody/things") == "in /home/somebody/things"


def test_addresses_are_shown_without_keys() -> None:
    assert shown_address("https://u:p@host/v1?api_key=abc&model=m") == f"https://{REDACTED}@host/v1?api_key={REDACTED}&model=m"
    assert shown_address("http://127.0.0.1:8000/v1") == "http://127.0.0.1:8000/v1"


def test_values_are_cleaned_whole_and_else_left_alone() -> None:
    secrets = Secrets({"A_KEY": "sk-0123456789abcdef"})
    clean = {"a": [1, None, "fine"], "b": ("x",)}
    assert cleaned(clean, secrets.redact) is clean
    assert cleaned({"a": ["sk-0123456789abcdef"]}, secrets.redact) == {"a": [REDACTED]}


# ---- a whole run


@dataclass
class Echoing:
    """All services in one, which say in every answer, or in every error, what they should not."""

    secrets: tuple[str, ...]
    failing: str = ""  # the path that answers with errors
    status: int = 500
    url: str = ""

    def said(self) -> str:
        """Every key, each in another form."""
        return " ".join(FORMS[number % len(FORMS)](key) for number, key in enumerate(self.secrets * 4))

    def __call__(self, request: Request) -> Reply:
        if self.failing and request.path.endswith(self.failing):
            moved = tuple(("location", f"{self.url}/x?k={key}#{quote(key)}") for key in self.secrets[:1] if self.status < 400)
            body = {"error": {"message": f"bad key: {self.secrets[0]} or {self.said()}"}}
            return answer(body, status=self.status, headers=moved)
        if request.path.endswith("/chat/completions"):
            return self._chat(request)
        if request.path.endswith("/generate"):
            return answer({"success": True, "image": base64.b64encode(picture()).decode()})
        if request.path == "/search":
            links = [f"https://example.org/?k={quote(key)}" for key in self.secrets]
            return answer({"organic": [{"title": "t", "link": link, "snippet": self.said()} for link in links]})
        if request.path == "/images":
            where = f"{self.url}/picture.png?k={quote(self.secrets[1])}"
            return answer({"images": [{"title": self.said()[:300], "imageUrl": where, "link": where}]})
        return Reply(body=picture(), content_type="image/png")

    def _chat(self, request: Request) -> Reply:
        body = request.json()
        if "sufficiency" in str(body["messages"][0]):
            return answer(message(json.dumps({"sufficiency": 1, "rationale": self.said()})))
        if "aesthetics" in str(body["messages"][0]):
            scores = {"faithfulness": 1, "visual_correctness": 1, "text_accuracy": 1, "aesthetics": 0.5}
            return answer(message(json.dumps({**scores, "text_accuracy_na": False, "rationale": self.said()})))
        turn = sum(each["role"] == "assistant" for each in body["messages"])
        if turn < 2:
            calls = ({"name": "search", "arguments": {"queries": ["a"]}}, {"name": "image_search", "arguments": {"query": "b"}})
            return answer(message(f"<think>{self.said()}</think><tool_call>{json.dumps(calls[turn])}</tool_call>"))
        prompt = f"The first reference image on a poster that says {self.secrets[2]} on a plain white background."
        program = {"gen_prompt": prompt, "reference_images": [{"img_id": "IMG_001", "note": self.secrets[3]}]}
        return answer(message(f"<answer>{json.dumps(program)}</answer>"))


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (20, 120, 60)).save(buffer, "PNG")
    return buffer.getvalue()


PROFILE = """
extends = "paper"
[policy]
base_url = "{url}/v1?api_key={query}"
model = "m"
[policy.extra_body]
{named} = "{body}"
[search]
base_url = "{url}"
[image_search]
base_url = "{url}"
[generator]
urls = ["{userinfo}"]
[image_judge]
base_url = "{url}/v1"
model = "m"
api_key_env = "JUDGE_API_KEY"
[program_judge]
base_url = "{url}/v1"
model = "m"
api_key_env = "JUDGE_API_KEY"
[fetch]
allow_private = true
[cache]
mode = "read"
"""
NAMES = ("OPENAI_API_KEY", "SERPER_API_KEY", "JUDGE_API_KEY", "query", "body", "password", "proxy")


WRITTEN = (("api_key", "http://me:{}@127.0.0.1:9"), ("accessToken", "me:{}@127.0.0.1:9"))  # a setting, and a proxy


@pytest.fixture(params=range(2))
def number(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def hidden(number: int) -> dict[str, str]:
    source = random.Random(f"secrets {number}")
    return {name: "".join(source.choices(LETTERS, k=32)) for name in NAMES}


@pytest.fixture
def echoing(number: int, hidden: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Echoing]:
    service = Echoing(secrets=tuple(hidden.values()))
    with serving(service) as (server,):
        service.url = server.url
        userinfo = server.url.replace("http://", f"http://user:{hidden['password']}@")
        named, proxy = WRITTEN[number]
        text = PROFILE.format(url=server.url, query=hidden["query"], named=named, body=hidden["body"], userinfo=userinfo)
        (tmp_path / "profile.toml").write_text(text)
        (tmp_path / "in.jsonl").write_text('{"id": 1, "prompt": "a poster of place1"}\n')
        for name in NAMES[:3]:
            monkeypatch.setenv(name, hidden[name])
        monkeypatch.setenv("HTTPS_PROXY", proxy.format(hidden["proxy"]))
        monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "left" / "home"))
        yield service


def run(folder: Path, **options: object) -> str:
    """What was said in the end."""
    job = FileRun.prepare(folder / "in.jsonl", out=folder / "left" / "run", profile=str(folder / "profile.toml"))
    try:
        return str(asyncio.run(job.run()))
    except UsageError as problem:
        return Secrets({}).redact(str(problem))


def left_behind(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((folder / "left").rglob("*")):
        if path.is_file() and path.suffix != ".png":
            yield path.name, path.read_bytes().decode("utf-8", "replace")
        yield f"the name of {path.name}", path.name


def check(texts: Iterator[tuple[str, str]] | list[tuple[str, str]], hidden: dict[str, str]) -> None:
    for where, text in texts:
        letters = _letters(text)
        for name, key in hidden.items():
            forms = [_letters(key), key.encode().hex()]
            forms += [_letters(base64_of(f"{'x' * n}{key}"))[4:-4] for n in range(3)]
            for form in forms:
                found = [form[start : start + 14] for start in range(len(form) - 13) if form[start : start + 14] in letters]
                assert not found, f"{where} gives away {name}: {found[0]}"


def test_answers_that_hold_keys_leave_none_behind(echoing: Echoing, tmp_path: Path, hidden: dict[str, str]) -> None:
    said = run(tmp_path)
    page = [
        "generate",
        "a poster of place1",
        "--profile",
        str(tmp_path / "profile.toml"),
        "--out",
        str(tmp_path / "left" / "one"),
    ]
    shown = CliRunner().invoke(cli, page)
    assert shown.exit_code == 0, shown.output
    texts = [*left_behind(tmp_path), ("the end", said), ("what was shown", shown.output)]
    assert any(name == "results.jsonl" and '"score"' in text for name, text in texts), dict(texts)["results.jsonl"][:600]
    assert any(name == "index.html" for name, text in texts)
    assert sum(REDACTED in text for _, text in texts) > 4
    check(texts, hidden)


@pytest.mark.parametrize("path", ["/chat/completions", "/search", "/images", "/generate", "/picture.png"])
@pytest.mark.parametrize("status", [307, 400, 401])
def test_errors_that_hold_keys_leave_none_behind(
    echoing: Echoing, tmp_path: Path, hidden: dict[str, str], path: str, status: int
) -> None:
    echoing.failing, echoing.status = path, status
    said = run(tmp_path)
    check([*left_behind(tmp_path), ("the end", said)], hidden)


def test_doctor_shows_no_keys(echoing: Echoing, tmp_path: Path, hidden: dict[str, str]) -> None:
    command = ["doctor", "--profile", str(tmp_path / "profile.toml"), "--out", str(tmp_path / "left"), "--json", "--call"]
    for failing in ("", "/chat/completions", "/generate"):
        echoing.failing = failing
        done = CliRunner().invoke(cli, command)
        assert json.loads(done.stdout)["findings"]
        check([("doctor", done.output)], hidden)


def test_a_learned_key_is_known_to_the_whole_process() -> None:
    learn(
        {"headers": {"Authorization": "Bearer abcdefghijklmno"}, "urls": ["http://u:qwertzuiop@x"], "max_tokens": "123456789"}
    )
    assert Secrets({}).redact("abcdefghijklmno, qwertzuiop, 123456789") == f"{REDACTED}, {REDACTED}, 123456789"
