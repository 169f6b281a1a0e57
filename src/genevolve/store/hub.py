"""The Hugging Face Hub: folders that are fetched by the name of a repository, and folders that are published.

``huggingface_hub`` reads HF_TOKEN (or what ``hf auth login`` keeps), HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE itself. Nothing
here writes a token anywhere.
"""

import re
from pathlib import Path
from typing import Any, Literal

from genevolve.core.errors import ServiceError, UsageError
from genevolve.store.user_file import expanded

Kind = Literal["model", "dataset"]
HIDDEN = (".*", "**/.*", "**/.*/**")  # what is never published: caches, locks, files of editors
_NAME = re.compile(r"(?P<repo>[\w-][\w.-]*/[\w-][\w.-]*)(?:@(?P<revision>[\w./-]+))?", re.ASCII)
_LONGEST = 300  # characters of what a library says
LICENCES = {  # the hub's names for those that data sets and weights are given under
    "apache-2.0", "mit", "openrail", "cc", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0",
    "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0",
    "odc-by", "odbl", "pddl", "gpl-3.0", "bsd-3-clause", "unlicense", "unknown", "other",
}  # fmt: skip


def local_folder(name: str | Path, kind: Kind, *, setting: str) -> Path:
    """The folder or file ``name``; where there is none, a copy of the hub's repository ``OWNER/NAME`` (or
    ``OWNER/NAME@REVISION``).

    A name whose first part is a folder here is a path. What is no name of a repository comes back as it is: who reads it says
    what is wrong with it. Raises ``UsageError``.
    """
    path, named = expanded(name), _NAME.fullmatch(str(name))
    if named is None or path.exists() or path.parent.is_dir():
        return path
    hub = _package(f"{setting} {str(name)!r} names a repository of the hub")
    try:
        return Path(hub.snapshot_download(named["repo"], repo_type=kind, revision=named["revision"]))
    except Exception as error:  # the library raises its own kinds, those of its HTTP client, and OSError
        raise UsageError(
            f"{setting} {str(name)!r}: there is no such folder, and the hub's {kind} of this name cannot be had "
            f"({_said(error)})"
        ) from None


def repository(name: str) -> str:
    """``name`` where it can be that of a repository. Raises ``UsageError``."""
    found = _NAME.fullmatch(name)
    if found is None or found["revision"] or ".." in name or "--" in name:
        raise UsageError(f"REPO is {name[:120]!r}; write it as OWNER/NAME")
    return name


def publish(folder: Path, repo: str, kind: Kind, *, private: bool, message: str) -> str:
    """Put the files of ``folder`` into the repository, which is made if it is not there; its address.

    Files of the same names are replaced, others stay. Raises ``UsageError`` without a token and ``ServiceError``.
    """
    hub = _package("publishing")
    if hub.get_token() is None:
        raise UsageError("publishing needs a token with the right to write: set HF_TOKEN, or run `hf auth login`")
    client = hub.HfApi(library_name="genevolve")
    try:
        address = client.create_repo(repo, repo_type=kind, private=private or None, exist_ok=True)
        client.upload_folder(
            repo_id=repo, repo_type=kind, folder_path=folder, commit_message=message, ignore_patterns=list(HIDDEN)
        )
    except Exception as error:
        raise ServiceError(f"the hub did not take {repo}: {_said(error)}") from None
    return str(address)


def licence_fields(named: str) -> dict[str, str]:
    """A licence as a card's front matter has it: as the hub knows it, else as one of its own with its name."""
    plain = re.sub(r"[^a-z0-9.]+", "-", named.strip().lower())
    if plain in LICENCES:
        return {"license": plain}
    return {"license": "other", "license_name": plain.strip("-") or "other"}


def _package(wanted: str) -> Any:
    try:
        import huggingface_hub.constants
    except ModuleNotFoundError:
        raise UsageError(f"{wanted}: this needs the package 'huggingface_hub': pip install 'genevolve[hub]'") from None
    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True
    return huggingface_hub


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__
