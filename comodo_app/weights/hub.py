"""Talking to the hub that models are published on: what a repository holds, and plain errors.

Addresses, headers with the user's token, and the meaning of the hub's errors come from
``huggingface_hub``; the transfer itself is ours (`transfer.py`), because it has to pause, to be
cancelled within a moment, and to go on exactly where it stopped.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, urlsplit

from comodo_app.errors import DownloadFailed, UsageError
from comodo_app.weights.answers import Answer
from comodo_app.weights.catalog import CatalogEntry


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the hub; empty texts leave it to the environment.

    Attributes
    ----------
    endpoint : str
        The hub or a mirror of it; empty: HF_ENDPOINT, else https://huggingface.co.
    proxy : str
        Such as ``http://host:3128``; empty: HTTP_PROXY and HTTPS_PROXY.
    offline : bool
        Never go to the network; HF_HUB_OFFLINE says the same.
    stall_s : float
        A connection that sends nothing for so long is given up and made anew.
    n_tries : int
        How often in a row nothing may come before the download is given up.
    backoff_s : float
        Wait before the second try; doubled before each further one.
    """

    endpoint: str = ""
    proxy: str = ""
    offline: bool = False
    stall_s: float = 20.0
    n_tries: int = 5
    backoff_s: float = 1.0

    @property
    def address(self) -> str:
        """The hub's address without a slash at its end."""
        chosen = self.endpoint or os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
        return chosen.rstrip("/")

    @property
    def host(self) -> str:
        """The hub's host as a person names it."""
        return urlsplit(self.address).netloc or self.address

    @property
    def proxy_in_force(self) -> str:
        """The proxy that requests go through, without its password; empty if none."""
        secure = self.address.startswith("https")
        scheme = "HTTPS_PROXY" if secure else "HTTP_PROXY"
        names = (scheme, scheme.lower(), "ALL_PROXY", "all_proxy")
        chosen = self.proxy or next((os.environ[n] for n in names if os.environ.get(n)), "")
        return chosen.rpartition("://")[2].rpartition("@")[2]

    @property
    def is_offline(self) -> bool:
        """Whether the settings or the environment forbid the network."""
        wished = os.environ.get("HF_HUB_OFFLINE", "").strip().lower()
        return self.offline or wished in ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository, as the hub lists it at one commit.

    `sha256` is known for large files, `git_sha1` for small ones; a mirror may tell neither.
    """

    name: str
    size: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """What is to be fetched of a repository, at one commit."""

    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.size for file in self.files)


def way_out(entry: CatalogEntry) -> str:
    """How to get a model without a network from here."""
    return (
        f"Or fetch {entry.repo} on another computer and import its folder: Models › Import from "
        f"folder, or comodo models import FOLDER --as {entry.id}."
    )


class Hub:
    """An open connection; close it or use it in a ``with`` block.

    Raises
    ------
    UsageError
        If the proxy or the address cannot be one.
    DownloadFailed
        If the settings or the environment forbid the network.
    """

    def __init__(self, entry: CatalogEntry, connection: Connection) -> None:
        if connection.is_offline:
            raise DownloadFailed(
                "The app is offline by its settings or by HF_HUB_OFFLINE.",
                where=entry.title,
                hint=f"Allow the network. {way_out(entry)}",
            )
        from huggingface_hub import get_session

        self.entry, self.connection = entry, connection
        try:
            shared = get_session()
        except (ValueError, ImportError) as error:  # it reads the environment
            raise self._no_proxy(error) from error
        # The library that huggingface_hub speaks HTTP with; its name differs between releases.
        self.http: Any = importlib.import_module(type(shared).__module__.partition(".")[0])
        if not connection.address.startswith(("http://", "https://")):
            raise UsageError(f"{connection.address!r} is no address of a hub.")
        try:
            self.client: Any = self.http.Client(
                follow_redirects=True,
                timeout=self.http.Timeout(connection.stall_s, connect=min(connection.stall_s, 10)),
                proxy=connection.proxy or None,
            )
        except (ValueError, ImportError, self.http.InvalidURL) as error:
            raise self._no_proxy(error) from error

    def _no_proxy(self, error: Exception) -> UsageError:
        return UsageError(
            f"The proxy {self.connection.proxy_in_force!r} cannot be used: {error}",
            hint="Write it like http://host:3128, in the settings or in HTTPS_PROXY.",
        )

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def headers(self) -> dict[str, str]:
        """Headers of every request; no compression, so that byte ranges mean the file's bytes."""
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        made: dict[str, str] = build_hf_headers(library_name="comodo")
        return {**made, "Accept-Encoding": "identity"}

    def url(self, name: str, commit: str) -> str:
        """Where one file of the repository lies at `commit`."""
        from huggingface_hub import hf_hub_url

        made: str = hf_hub_url(
            self.entry.repo, name, revision=commit, endpoint=self.connection.address
        )
        return made

    def look(self, revision: str, tick: Callable[[], None]) -> RemoteModel:
        """What the repository holds of the wanted files, with the commit that `revision` means.

        `tick` is called every 0.1 s while the hub is waited for; what it raises ends the wait.

        Raises
        ------
        DownloadFailed
            If the hub cannot be reached, does not give it, or holds no safetensors.
        """
        from huggingface_hub.hf_api import ModelInfo

        named = quote(revision, safe="")
        address = f"{self.connection.address}/api/models/{self.entry.repo}/revision/{named}"
        try:
            with Answer(self.client, f"{address}?blobs=true", self.headers()) as answer:
                self.raise_for_status(answer.response(tick))
                body = b"".join(answer.chunks(tick))
        except (self.http.HTTPError, self.http.InvalidURL, OSError) as error:
            raise self.explain(error, revision) from error
        try:
            info: Any = ModelInfo(**json.loads(body))  # type: ignore[no-untyped-call]
            commit = str(info.sha or "")
            files = tuple(_remote_file(sibling) for sibling in info.siblings or ())
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self.failed(
                "The answer is not the hub's; perhaps a proxy or login page came instead."
            ) from error
        if not _is_commit(commit) or (_is_commit(revision) and commit != revision):
            raise self.failed(f"The hub knows the revision {revision} as {commit or 'nothing'}.")
        return RemoteModel(commit, self._wanted(files))

    def _wanted(self, files: tuple[RemoteFile, ...]) -> tuple[RemoteFile, ...]:
        wanted = [
            file
            for file in files
            if "/" not in file.name
            and not file.name.endswith(".py")
            and any(fnmatchcase(file.name, pattern) for pattern in self.entry.files)
        ]
        safe = [file for file in wanted if file.name.endswith(".safetensors")]
        pickled = [file for file in wanted if file.name.endswith(".bin")]
        if not safe and not pickled:
            raise self.failed(
                f"{self.entry.repo} holds no safetensors.",
                "The app reads nothing else, because other formats can run code.",
            )
        if safe:
            wanted = [file for file in wanted if file not in pickled]
        return tuple(wanted)

    def raise_for_status(self, response: Any) -> None:
        """Raise what the hub's answer means if it is an error."""
        from huggingface_hub import hf_raise_for_status

        hf_raise_for_status(response)

    def failed(self, what: str, hint: str = "") -> DownloadFailed:
        """A `DownloadFailed` about this model that names the way out."""
        return DownloadFailed(
            what, where=self.entry.title, hint=f"{hint} {way_out(self.entry)}".strip()
        )

    def explain(self, error: Exception, revision: str) -> DownloadFailed:
        """What an error of the network or the hub means, and what to do about it."""
        from huggingface_hub import errors

        repo, host = self.entry.repo, self.connection.host
        proxy = self.connection.proxy_in_force
        status = getattr(getattr(error, "response", None), "status_code", 0)
        if isinstance(error, errors.GatedRepoError):
            return self.failed(
                f"The authors of {repo} let in only who asked them ({status}).",
                f"Ask at {self.connection.address}/{repo}, then log in once with hf auth login.",
            )
        if isinstance(error, errors.RevisionNotFoundError):
            return self.failed(f"{repo} has no revision {revision}.")
        if isinstance(error, errors.EntryNotFoundError):
            return self.failed(f"A file is no longer in {repo} at {revision[:12]}.")
        if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 404):
            return self.failed(f"{repo} is not on {host}, or only for its owners ({status}).")
        if status == 407 or isinstance(error, self.http.ProxyError):
            return self.failed(
                f"The proxy {proxy or 'on the way'} refused: {error}",
                "Check its address, name and password in the settings or in HTTPS_PROXY.",
            )
        if status == 403:
            return self.failed(f"{host} refuses {repo} to this computer or token (403).")
        if status:
            return self.failed(f"{host} answered with the error {status}.", "Try again later.")
        if "CERTIFICATE" in str(error).upper():
            return self.failed(
                f"{host} showed a certificate that this computer does not trust.",
                "Where a company inspects traffic, SSL_CERT_FILE must name its certificate.",
            )
        if isinstance(error, self.http.TimeoutException):
            return self.failed(
                f"{host} sent nothing for {self.connection.stall_s:g} s.", "Try again later."
            )
        if isinstance(error, self.http.ConnectError):
            over = f" through the proxy {proxy}" if proxy else ""
            return self.failed(
                f"{host} cannot be reached{over}.", "Check the network and the proxy settings."
            )
        return self.failed(
            f"The connection to {host} broke: {error or type(error).__name__}.", "Try again."
        )


def is_passing(http: Any, error: Exception) -> bool:
    """Whether an error may be gone at the next try: a break, a stall, a server that is busy."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    if status:
        return status in (408, 425, 429, 500, 502, 503, 504)
    if isinstance(error, http.ProxyError | http.UnsupportedProtocol):
        return False
    return isinstance(error, http.TransportError)


def _remote_file(sibling: Any) -> RemoteFile:
    sha256 = str(sibling.lfs["sha256"]) if sibling.lfs else ""
    size = sibling.lfs["size"] if sibling.lfs else sibling.size
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise ValueError(f"no size of {sibling.rfilename}")
    name = str(sibling.rfilename)
    return RemoteFile(name, size, sha256, "" if sha256 else str(sibling.blob_id or ""))


def _is_commit(text: str) -> bool:
    return len(text) == 40 and all(c in "0123456789abcdef" for c in text)
