"""The tool ``browse``: one web page as text, through the network that dials only checked addresses. Off by default.

A profile offers it with ``tools = ["search", "image_search", "query_knowledge", "browse"]``.
"""

import asyncio
import codecs
import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from genevolve.core.detail import Detail
from genevolve.core.errors import ServiceError
from genevolve.core.event import QueryHits, TextHit, ToolCall, ToolFailure, ToolResult
from genevolve.core.tool import Arguments, BadCall, Desk, Tool, words
from genevolve.protocol.blocks import failure_of, text_block, text_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from genevolve.tools.download import Downloaded, Web
    from genevolve.tools.fetch import ImageFetcher

NAME, LABEL = "browse", "page"
MAX_URL = 2048
BRIEF_CHARACTERS = 1200
_TITLE = 200  # characters
_KINDS = frozenset({"text/html", "application/xhtml+xml", "text/plain", "application/json"})
_MARKED = frozenset({"text/html", "application/xhtml+xml"})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Those that pages are written in. Python has others, some of which take quadratic time or are no character sets at all.
_ENCODING = re.compile(
    r"utf-8|utf-16(-le|-be)?|ascii|iso8859-\d{1,2}|cp125\d|cp932|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|euc_jp|euc_kr"
    r"|iso2022_jp|mac-roman"
)
_UNSEEN = frozenset(
    {"script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "canvas", "audio", "video", "head"}
    | {"select", "datalist", "dialog"}
)
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption"}
    | {"figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre"}
    | {"section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
_ZERO = r"0(?![.\d]*[1-9])"
_HIDING = re.compile(rf"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*{_ZERO}|opacity\s*:\s*{_ZERO}")


def browse(
    fetcher: "ImageFetcher", max_characters: int = 6000, max_bytes: int = 4 * 1024 * 1024, timeout: float = 20.0
) -> Tool:
    """The tool. ``max_characters`` of a page are shown; ``max_bytes`` and ``timeout`` (seconds) cap its download."""
    return Tool(
        name=NAME,
        label=LABEL,
        description="Read one web page as text, for a fact that the snippets of a search leave open.",
        purpose="what a page says in full, when the snippets of a search leave it open: use `browse`",
        brief='Read a page: <tool_call>{"name": "browse", "arguments": {"url": "…"}}</tool_call>',
        parameters={"url": {"type": "string"}},
        read=_read,
        run=partial(_run, fetcher.web, max_characters, max_bytes, timeout),
        render=_render,
        read_back=_read_back,
    )


def _read(arguments: Arguments) -> Arguments:
    url = words(arguments.get("url"), "url")
    if not url.lower().startswith(("http://", "https://")) or len(url) > MAX_URL:
        raise BadCall(f'"url" must be an address that starts with http:// or https:// and has at most {MAX_URL} characters')
    return {"url": url}


async def _run(web: "Web", characters: int, max_bytes: int, timeout: float, call: ToolCall, desk: Desk) -> ToolResult:
    from genevolve.tools.download import Download

    asked = str(call.arguments["url"])
    want = Download(
        what="a page",
        agent="Mozilla/5.0 (compatible; GenEvolve/0.1; page reader)",
        accept="text/html,application/xhtml+xml,text/plain;q=0.9,application/json;q=0.8",
        max_bytes=max_bytes,
        max_redirects=5,
        timeout=timeout,
    )
    found = await web.download(asked, want)
    title, text = await asyncio.to_thread(page_text, found)
    if not text:
        raise ServiceError(f"{found.target.label} holds no text")
    hit = TextHit(title=title or found.target.label, url=asked, snippet=_cut(text, characters), source=NAME)
    return ToolResult(tool=NAME, facts=(QueryHits(query=asked, hits=(hit,)),))


def _cut(text: str, characters: int) -> str:
    left = len(text) - characters
    return text if left <= 0 else f"{text[:characters]}\n(… {left} more characters)"


def page_text(found: "Downloaded") -> tuple[str, str]:
    """(title, text) of a page. Raises ``ServiceError`` for what is no text, whatever its type says."""
    kind = found.kind.partition(";")[0].strip()
    if kind not in _KINDS:
        raise ServiceError(f"{found.target.label} is of the type {kind[:40] or 'unknown'!r}, which is no page of text")
    text = _decoded(found, marked=kind in _MARKED)
    if _strange(text[:4096]) > 0.1 or "\0" in text:
        raise ServiceError(f"{found.target.label} is no text, although it says {kind}")
    return _shown(text) if kind in _MARKED else ("", _tidy(text))


def _decoded(found: "Downloaded", *, marked: bool) -> str:
    """The body as text: by its byte order mark, the header, or the page's own word; else UTF-8. Bad bytes become U+FFFD."""
    for mark, name in _BOMS:
        if found.body.startswith(mark):
            return found.body[len(mark) :].decode(name, "replace")
    said = _CHARSET.search(found.kind)
    if said is None and marked:
        said = _CHARSET.search(found.body[:2048].decode("latin-1"))
    return found.body.decode(_encoding(said[1]) if said else "utf-8", "replace")


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return "utf-8"
    known = "cp1252" if known in ("iso8859-1", "ascii") else known  # as browsers read it
    return known if _ENCODING.fullmatch(known) else "utf-8"


def _strange(text: str) -> float:
    """The share of characters that no text has: control characters, and bytes that could not be decoded."""
    strange = sum((ord(char) < 32 and char not in "\t\n\r\x0b\x0c") or char == "\ufffd" for char in text)
    return strange / max(1, len(text))


def _shown(text: str) -> tuple[str, str]:
    """(title, text) of markup, without scripts, styles and what is hidden."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):  # nothing in it
        return "", ""
    title = next((found.text or "" for found in root.iter("title")), "")
    return " ".join(title.split())[:_TITLE], _tidy("".join(_pieces(root)))


def _pieces(root: "HtmlElement") -> Iterator[str]:
    """The texts that a reader sees, with line breaks where blocks begin and end. Not recursive: pages nest as they like."""
    from lxml import etree

    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        seen = tag and not _hidden(element, tag)
        if event == "start":
            if not seen:
                walker.skip_subtree()
                continue
            yield "\n" if tag in _BLOCKS else ""
            yield element.text or ""
            continue
        yield "\n" if seen and tag in _BLOCKS else ""
        yield element.tail or ""


def _hidden(element: "HtmlElement", tag: str) -> bool:
    about = element.attrib
    if tag in _UNSEEN or "hidden" in about or about.get("aria-hidden", "").lower() == "true":
        return True
    return _HIDING.search(about.get("style", "")[:2000].lower()) is not None


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


# ---- what the policy reads --------------------------------------------------------------------------------------------


def _render(result: ToolResult, detail: Detail) -> str:
    (found,) = result.facts
    (hit,) = found.hits
    text = _cut(hit.snippet, BRIEF_CHARACTERS) if detail is Detail.BRIEF else hit.snippet
    return text_block(LABEL, found.query, f"{hit.title}\n{text}")


def _read_back(body: str) -> ToolResult | ToolFailure | None:
    if (shown := text_of(LABEL, body)) is None:
        return failure_of(_SHAPE, body)
    url, text, _ = shown
    title, _, snippet = text.partition("\n")
    hit = TextHit(title=title, url=url, snippet=snippet)
    return ToolResult(tool=NAME, facts=(QueryHits(query=url, hits=(hit,)),))


async def _nowhere(call: ToolCall, desk: Desk) -> ToolResult:
    raise ServiceError("no network")


_SHAPE = Tool(name=NAME, label=LABEL, description="", parameters={"url": {"type": "string"}}, read=_read, run=_nowhere)
