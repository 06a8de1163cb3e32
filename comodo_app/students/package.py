"""A student package on the disk, as a folder or a zip: what is in it, read without trust."""

from __future__ import annotations

import io
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.students.contract import Contract, FileFacts
from comodo_app.students.contract_checks import parse, problems

CONTRACT, MODEL, INT8_MODEL = "contract.json", "student.onnx", "student.int8.onnx"
SELFTEST, CARD = "selftest.npz", "card.md"
REQUIRED = (CONTRACT, MODEL, SELFTEST, CARD)
MEMBERS = (*REQUIRED, INT8_MODEL)
MAX_BYTES = 1 << 29  # of one member; the largest student known takes 76 MB
_RETRY = "Copy or download it again, or make it again with: comodo package PROJECT"


@dataclass(frozen=True, slots=True, eq=False)
class PackageFiles:
    """The members of a package in memory, by name, nothing of them believed yet."""

    place: Path
    members: Mapping[str, bytes]
    unlisted: tuple[str, ...] = ()

    def contract_values(self) -> dict[str, Any]:
        """The JSON object of the contract.

        Raises
        ------
        UnreadableFile
            If it is missing or no JSON object.
        """
        if CONTRACT not in self.members:
            raise UnreadableFile(
                f"This is no student package: {CONTRACT} is missing.",
                where=str(self.place),
                hint=_RETRY,
            )
        try:
            return parse(self.members[CONTRACT])
        except ValueError as error:
            raise UnreadableFile(
                f"{CONTRACT} cannot be read ({error}).", where=str(self.place), hint=_RETRY
            ) from error

    def wrong_files(self, listed: Mapping[str, FileFacts]) -> Iterator[str]:
        """What is missing, superfluous or not what the contract's checksums say."""
        for name in REQUIRED:
            if name not in self.members:
                yield f"{name}: missing"
            elif name not in listed and name != CONTRACT:
                yield f"{name}: not in the contract's list of files"
        for name, facts in listed.items():
            if name not in MEMBERS or name == CONTRACT:
                yield f"{name}: listed, but no part of a package"
                continue
            content = self.members.get(name)
            if content is None:
                if name not in REQUIRED:
                    yield f"{name}: missing"
            elif len(content) != facts.size_bytes:
                yield f"{name}: {len(content)} bytes instead of {facts.size_bytes}"
            elif FileFacts.of(content) != facts:
                yield f"{name}: its checksum is not that of the contract"
        if INT8_MODEL in self.members and INT8_MODEL not in listed:
            yield f"{INT8_MODEL}: not in the contract's list of files"
        for name in self.unlisted:
            yield f"{name}: no part of a package"


@dataclass(frozen=True, slots=True, eq=False)
class SelfTest:
    """Real windows and what must be said of them; N windows, A activities.

    `windows` (N, S, 6) float32, `embeddings` (N, D) float32, `probabilities` (N, A), `confidence`
    (N,), `activity_ids` (N,) int64, `unknown` (N,) bool.
    """

    windows: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    confidence: NDArray[np.float64]
    activity_ids: NDArray[np.int64]
    unknown: NDArray[np.bool_]

    def to_bytes(self) -> bytes:
        """As an ``.npz``; nothing needs a pickle."""
        buffer = io.BytesIO()
        np.savez(buffer, **{name: getattr(self, name) for name in self.__slots__})
        return buffer.getvalue()

    @classmethod
    def read(cls, content: bytes, *, contract: Contract) -> SelfTest:
        """Inverse of `to_bytes`.

        Raises
        ------
        ValueError
            If an array is missing, of another shape or kind, not finite, or needs a pickle.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                if not isinstance(arrays, np.lib.npyio.NpzFile):
                    raise ValueError("not an npz")
                found = {name: arrays[name] for name in cls.__slots__}
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, MemoryError) as error:
            raise ValueError(f"damaged ({error})") from error
        except KeyError as error:
            raise ValueError(f"{error.args[0]}") from error
        if found["windows"].shape[:1] in ((), (0,)):
            raise ValueError("it holds no window")
        n, a = len(found["windows"]), len(contract.activities)
        wanted: dict[str, tuple[tuple[int, ...], str]] = {
            "windows": ((n, contract.n_samples, 6), "f"),
            "embeddings": ((n, contract.embedding_dim), "f"),
            "probabilities": ((n, a), "f"),
            "confidence": ((n,), "f"),
            "activity_ids": ((n,), "i"),
            "unknown": ((n,), "b"),
        }
        for name, (shape, kind) in wanted.items():
            array = found[name]
            if array.shape != shape or array.dtype.kind != kind:
                raise ValueError(f"{name} is {array.dtype} {array.shape}, not {kind} {shape}")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} is not finite")
        return cls(**found)


def read_package(place: Path) -> PackageFiles:
    """Read a package's members, from a folder or a zip, without running or unpacking anything.

    Raises
    ------
    UnreadableFile
        If there is nothing, a zip is damaged, or a member would leave the package, is a link, is
        encrypted or larger than any student.
    """
    if place.is_dir():
        return _from_folder(place)
    if not place.is_file():
        raise UnreadableFile("There is no such package.", where=str(place), hint=_RETRY)
    try:
        return _from_zip(place)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(
            f"The zip is damaged or not a zip ({error}).", where=str(place), hint=_RETRY
        ) from error
    except OSError as error:
        raise UnreadableFile(
            f"It cannot be read ({error.strerror or error}).", where=str(place), hint=_RETRY
        ) from error


def read_contract(files: PackageFiles) -> Contract:
    """The contract of a package whose files are those it lists: what runs a package begins with.

    Raises
    ------
    UnreadableFile
        If the contract has a problem, or a file is missing or changed; the first three are named.
    """
    values = files.contract_values()
    wrong = problems(values)
    if not wrong:
        contract = Contract.from_values(values)
        wrong = tuple(files.wrong_files(contract.files))
    if wrong:
        more = f" … ({len(wrong)} in all)" if len(wrong) > 3 else ""
        raise UnreadableFile(
            f"The student package is not whole: {'; '.join(wrong[:3])}{more}.",
            where=str(files.place),
            hint=_RETRY,
        )
    return contract


def write_folder(folder: Path, members: Mapping[str, bytes]) -> None:
    """Write the members into a new folder; errors of the system pass through."""
    folder.mkdir()
    for name, content in members.items():
        (folder / name).write_bytes(content)


def zip_bytes(members: Mapping[str, bytes], date: tuple[int, int, int, int, int, int]) -> bytes:
    """The members as a zip; the same members and date give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, date)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


def is_replaceable(folder: Path) -> bool:
    """Whether a new package may take this folder's place: it is empty or an older package."""
    names = {path.name for path in folder.iterdir() if not _is_litter(path.name)}
    return not names or (CONTRACT in names and names <= set(MEMBERS))


def remove_folder(folder: Path) -> None:
    """Remove a package's folder and whatever a file manager left in it."""
    shutil.rmtree(folder)


def _from_folder(folder: Path) -> PackageFiles:
    members, unlisted = {}, []
    for path in sorted(folder.iterdir()):
        if _is_litter(path.name):
            continue
        if path.name not in MEMBERS:
            unlisted.append(path.name)
        elif path.is_symlink() or not path.is_file():
            raise _unsafe(folder, path.name, "is a link or a folder, not a file")
        elif path.stat().st_size > MAX_BYTES:
            raise _unsafe(folder, path.name, "is larger than any student")
        else:
            members[path.name] = path.read_bytes()
    return PackageFiles(folder, members, tuple(unlisted))


def _from_zip(place: Path) -> PackageFiles:
    members: dict[str, bytes] = {}
    unlisted = []
    with zipfile.ZipFile(place) as archive:
        entries = [info for info in archive.infolist() if not info.is_dir()]
        for info in entries:
            raw = PurePosixPath(info.filename.replace("\\", "/"))
            if raw.is_absolute() or ".." in raw.parts or ":" in info.filename:
                raise _unsafe(place, info.filename, "would be unpacked outside of the package")
            if stat.S_ISLNK(info.external_attr >> 16):
                raise _unsafe(place, info.filename, "is a link")
        paths = [PurePosixPath(info.filename.replace("\\", "/")) for info in entries]
        kept = [(i, p) for i, p in zip(entries, paths, strict=True) if not _is_litter(*p.parts)]
        # Zipped by a file manager, everything lies in one folder.
        top = {path.parts[0] for _, path in kept}
        nested = len(top) == 1 and all(len(path.parts) == 2 for _, path in kept)
        for info, path in kept:
            name = path.name if nested else str(path)
            if name not in MEMBERS:
                unlisted.append(name)
                continue
            if name in members:
                raise _unsafe(place, name, "is in it twice")
            with archive.open(info) as member:
                content = member.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise _unsafe(place, name, "is larger than any student")
            members[name] = content
    return PackageFiles(place, members, tuple(unlisted))


def _is_litter(*parts: str) -> bool:
    """What file managers leave everywhere."""
    return any(part.startswith(".") or part in ("__MACOSX", "Thumbs.db") for part in parts)


def _unsafe(place: Path, member: str, what: str) -> UnreadableFile:
    return UnreadableFile(
        f"{member} {what}.", where=str(place), hint="Nothing was unpacked. Get the package anew."
    )
