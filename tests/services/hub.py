"""The Hugging Face Hub as it behaves towards its own client: repositories, uploads in both modes, commits, files by name.

After the client's own source (``huggingface_hub`` 2.4: ``hf_api``, ``_commit_api``, ``lfs``). What the hub would refuse is
refused: calls that write without the token, commits of files that were never uploaded, and cards that it could not show.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field

import yaml

from genevolve.store.hub import LICENCES
from tests.services.wire import Rejected, Reply, Request, answer

TOKEN = "hf_a-token-of-this-test"
_SHA = "c0ffee" + "0" * 34
_LARGE = (".safetensors", ".parquet", ".png", ".jpg")
_PREFIX = {"datasets/": "dataset", "": "model"}


@dataclass(slots=True)
class Hub:
    """``repos``: (kind, name) → files. ``address`` is its own, known once it serves."""

    address: str = ""
    repos: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    objects: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, request: Request) -> Reply:
        if request.method in ("POST", "PUT") and not request.path.startswith("/objects/"):
            self._authorised(request)
        for method, pattern, handle in (
            ("POST", r"/api/repos/create", self._create),
            ("POST", r"/api/validate-yaml", self._validate),
            ("POST", r"/api/(models|datasets)/(.+)/preupload/main", self._preupload),
            ("POST", r"/api/(models|datasets)/(.+)/commit/main", self._commit),
            ("POST", r"/(datasets/|)(.+)\.git/info/lfs/objects/batch", self._batch),
            ("PUT", r"/objects/(\w+)", self._put),
            ("GET", r"/api/(models|datasets)/([^/]+/[^/]+)(?:/revision/(.+))?", self._info),
            ("GET", r"/api/(models|datasets)/([^/]+/[^/]+)/tree/(.+)", self._tree),
            ("HEAD", r"/(datasets/|)([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self._file),
            ("GET", r"/(datasets/|)([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self._file),
        ):
            if method == request.method and (found := re.fullmatch(pattern, request.path)):
                return handle(request, *found.groups())
        raise Rejected(f"{request.method} {request.path}", status=404, body={"error": "Not Found"})

    def _authorised(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Rejected("no token", status=401, body={"error": "Invalid username or password."})

    def _create(self, request: Request) -> Reply:
        asked = request.json()
        kind, name = asked.get("type") or "model", f"{asked['organization']}/{asked['name']}"
        prefix = "datasets/" if kind == "dataset" else ""
        told = {"url": f"{self.address}/{prefix}{name}"}
        if (kind, name) in self.repos:
            return answer({**told, "error": "You already created this repo"}, status=409)
        self.repos[kind, name] = {}
        if asked.get("private") or asked.get("visibility") == "private":
            self.private.add(name)
        return answer(told)

    def _validate(self, request: Request) -> Reply:
        """As far as the front matter decides whether a page shows: the licence, the base model, the tables."""
        asked = request.json()
        front = yaml.safe_load(asked["content"].split("---\n")[1])
        problems = []
        if front.get("license") not in LICENCES or (front["license"] == "other" and not front.get("license_name")):
            problems.append(f"license is {front.get('license')}")
        if asked["repoType"] == "model" and not re.fullmatch(r"[\w.-]+/[\w.-]+", str(front.get("base_model"))):
            problems.append(f"base_model is {front.get('base_model')}")
        if asked["repoType"] == "dataset" and not front.get("configs"):
            problems.append("no configs")
        if problems:
            raise Rejected(str(problems), body={"errors": [{"message": each} for each in problems], "warnings": []})
        return answer({"errors": [], "warnings": []})

    def _preupload(self, request: Request, kind: str, name: str) -> Reply:
        self._repo(kind, name)
        modes = []
        for file in request.json()["files"]:
            assert file["size"] >= 0 and len(base64.b64decode(file["sample"])) <= 512
            mode = "lfs" if file["path"].endswith(_LARGE) else "regular"
            modes.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None})
        return answer({"files": modes})

    def _batch(self, request: Request, prefix: str, name: str) -> Reply:
        self._repo(_PREFIX[prefix] + "s", name)
        asked = request.json()
        assert (asked["operation"], asked["hash_algo"]) == ("upload", "sha256") and "basic" in asked["transfers"]
        told = [
            {**each, "actions": {"upload": {"href": f"{self.address}/objects/{each['oid']}", "header": {}}}}
            for each in asked["objects"]
        ]
        return answer({"transfer": "basic", "objects": told})

    def _put(self, request: Request, oid: str) -> Reply:
        """Large files go to a store of the hub's that is told no token."""
        if "authorization" in request.headers:
            raise Rejected("the token was sent to the store")
        if hashlib.sha256(request.body).hexdigest() != oid:
            raise Rejected("another content than announced")
        self.objects[oid] = request.body
        return answer({})

    def _commit(self, request: Request, kind: str, name: str) -> Reply:
        files, lines = self._repo(kind, name), [json.loads(line) for line in request.body.splitlines()]
        assert lines[0]["key"] == "header" and lines[0]["value"]["summary"]
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile" and value["oid"] in self.objects:
                files[value["path"]] = self.objects[value["oid"]]
            else:
                raise Rejected(f"a commit with {line['key']}")
        told = {"commitUrl": f"{self.address}/{name}/commit/{_SHA}", "commitOid": _SHA}
        return answer({"success": True, **told})

    def _info(self, request: Request, kind: str, name: str, revision: str | None) -> Reply:
        files = self._repo(kind, name)
        return answer({"id": name, "sha": _SHA, "private": False, "siblings": [{"rfilename": each} for each in sorted(files)]})

    def _tree(self, request: Request, kind: str, name: str, revision: str) -> Reply:
        files = self._repo(kind, name)
        return answer(
            [{"type": "file", "path": each, "size": len(files[each]), "oid": _sha1(files[each])} for each in sorted(files)]
        )

    def _file(self, request: Request, prefix: str, name: str, revision: str, path: str) -> Reply:
        files = self._repo(_PREFIX[prefix] + "s", name)
        if path not in files:
            raise Rejected("no such file", status=404, body={"error": "Entry not found"})
        headers = (("ETag", f'"{_sha1(files[path])}"'), ("X-Repo-Commit", _SHA), ("Accept-Ranges", "bytes"))
        kind = "application/octet-stream"
        if request.method == "HEAD":  # the test's server ends a connection whose body is shorter than it said
            return Reply(length=len(files[path]), headers=(*headers, ("Connection", "close")), content_type=kind)
        return Reply(body=files[path], headers=headers, content_type=kind)

    def _repo(self, kind: str, name: str) -> dict[str, bytes]:
        if (kind.removesuffix("s"), name) not in self.repos:
            raise Rejected(name, status=404, body={"error": "Repository not found"})
        return self.repos[kind.removesuffix("s"), name]


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()
