"""Text tables as sensors and spreadsheets write them: which separator, which decimal sign, where
the header is, and the numbers of the wanted columns. What a column means is not known here.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.media_ref import unreadable
from comodo_app.recordings.model import Note

# A table with a larger share of broken rows is not what it seems to be.
MAX_BAD_SHARE = 0.2

_DELIMITERS = ("\t", ";", ",")
_COMMENTS = ("#", "//", "%")
_SAMPLE_LINES = 50
_CHUNK_LINES = 2048
_LARGEST = 1e30  # no sensor writes this; its square would not be far from overflowing
_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A text table, cut into lines but not yet into numbers.

    Attributes
    ----------
    header : tuple of str or None
        Column names without quotes; None if the first row already holds numbers.
    lines : list of str
        The rows that have as many cells as the header, decimal comma already made a point.
    line_numbers : (R,) int64
        Where each of `lines` stands in the file, counted from 1.
    n_rows : int
        Rows in the file, broken ones included; header, comments and blank lines are none.
    ragged : tuple of int
        Line numbers of the rows with too many or too few cells.
    """

    path: Path
    header: tuple[str, ...] | None
    n_columns: int
    delimiter: str
    lines: list[str]
    line_numbers: NDArray[np.int64]
    n_rows: int
    ragged: tuple[int, ...]
    notes: tuple[Note, ...]

    def texts(self, column: int, rows: slice | None = None) -> list[str]:
        """Cells of one column, without quotes and blanks around them."""
        lines = self.lines if rows is None else self.lines[rows]
        reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True)
        return [cells[column].strip() for cells in reader]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Numbers out of a table: `values` (R, k) float64, of which row r is `table.lines[rows[r]]`."""

    values: NDArray[np.float64]
    rows: NDArray[np.int64]
    notes: tuple[Note, ...]


def open_table(path: Path) -> Table:
    """Read a text table and find out how it is written.

    Comma, semicolon or tab between the cells; point or comma as decimal sign; UTF-8 or UTF-16
    with or without byte order mark, else Latin-1; comments and preamble lines before the header.

    Raises
    ------
    UnreadableFile
        If the file cannot be opened, is empty, is not text, has no rows of numbers, or more than
        20 % of its rows have another number of cells than its header.
    """
    text = _text(path)
    lines = text.splitlines() if "\r" in text else text.split("\n")
    content = [i for i, line in enumerate(lines) if line.strip()]
    if not content:
        raise UnreadableFile("The file is empty.", where=str(path), hint="Export it again.")
    if any(mark in text for mark in (*_COMMENTS, "sep=")):
        content = [i for i in content if not _is_comment(lines[i])]
    sample = [lines[i] for i in content[:_SAMPLE_LINES]]
    delimiter = _delimiter(sample)
    first = _first_data_line(sample, delimiter)
    if first is None:
        raise _no_numbers(path, len(content))
    header, n_preamble = _header(lines, content, first, delimiter)
    n_columns = len(header or _cells(sample[first], delimiter))
    body = content[first:]
    rows = [lines[i] for i in body]
    line_numbers = np.asarray(body, dtype=np.int64) + 1
    widths = _widths(rows, delimiter, may_be_quoted='"' in text)
    n_columns, header = _forgive_trailing(rows[0], delimiter, widths, n_columns, header)
    good = widths == n_columns
    notes = []
    if not good.all():
        rows = [row for row, keep in zip(rows, good.tolist(), strict=True) if keep]
    ragged = tuple(line_numbers[~good].tolist())
    if len(ragged) > MAX_BAD_SHARE * len(good):
        at = ragged[0]
        raise UnreadableFile(
            f"Rows without the {n_columns} cells of the header: {len(ragged)} of {len(good)};"
            f" the first is line {at}.",
            where=str(path),
            hint="Check the separator (comma, semicolon or tab) and the decimal sign.",
        )
    if n_preamble:
        notes.append(
            Note("skipped_lines", n_preamble, f"lines before the numbers, skipped: {n_preamble}")
        )
    if delimiter != "," and _has_decimal_comma(sample[first:], delimiter):
        rows = [row.replace(",", ".") for row in rows]
    return Table(
        path, header, n_columns, delimiter, rows, line_numbers[good], len(good), ragged,
        tuple(notes),
    )  # fmt: skip


def read_numbers(table: Table, columns: Sequence[int]) -> Cells:
    """Turn columns into float64; an empty cell, NULL, NA or an absurd number becomes NaN.

    Rows with any other text in one of `columns` are dropped and counted together with the rows
    that have too many or too few cells.

    Raises
    ------
    UnreadableFile
        If more than 20 % of the rows are broken.
    """
    try:
        values = _parse(table.lines, table.delimiter, columns)
        bad = np.zeros(len(values), dtype=bool)
    except ValueError:
        values, bad = _parse_carefully(table, columns)
    values[np.abs(values) > _LARGEST] = np.nan
    broken = sorted([*table.ragged, *table.line_numbers[bad].tolist()])
    notes = []
    if broken:
        text = _broken_text(table, columns, len(broken), broken[0])
        if len(broken) > MAX_BAD_SHARE * table.n_rows:
            raise UnreadableFile(
                f"{text}.", where=str(table.path), hint="Repair these rows or choose other columns."
            )
        notes.append(Note("broken_rows", len(broken), f"{text[0].lower()}{text[1:]}, dropped"))
    return Cells(values[~bad], np.flatnonzero(~bad), tuple(notes))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw[:65536]:
        raise UnreadableFile(
            "This is not a text table.", where=str(path), hint="Export the data as CSV."
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # never fails; only names and units can come out odd


def _is_comment(line: str) -> bool:
    """Whether a line is a comment or a spreadsheet's ``sep=;``."""
    return line.lstrip().startswith((*_COMMENTS, "sep="))


def _cells(line: str, delimiter: str) -> list[str]:
    return [c.strip() for c in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]


def _delimiter(sample: Sequence[str]) -> str:
    """The separator that cuts most lines alike and leaves most numbers behind."""

    def score(delimiter: str) -> tuple[float, int]:
        rows = [_cells(line, delimiter) for line in sample] or [[]]
        width, n_alike = Counter(len(row) for row in rows).most_common(1)[0]
        if width < 2:
            return 0.0, 0
        numbers = sum(bool(_NUMBER.fullmatch(c)) for row in rows for c in row)
        n_cells = sum(len(row) for row in rows)
        return (n_alike / len(rows)) * ((1 + numbers) / n_cells), width

    return max(_DELIMITERS, key=score)


def _first_data_line(sample: Sequence[str], delimiter: str) -> int | None:
    """The first line of which at least half of the cells are numbers (and at least two)."""
    for i, line in enumerate(sample):
        cells = _cells(line, delimiter)
        n_numbers = sum(bool(_NUMBER.fullmatch(c)) for c in cells)
        n_possible = n_numbers + sum(c.lower() in _MISSING for c in cells)
        if n_numbers >= 2 and 2 * n_possible >= len(cells):
            return i
    return None


def _header(
    lines: Sequence[str], content: Sequence[int], first: int, delimiter: str
) -> tuple[tuple[str, ...] | None, int]:
    """Column names and how many other lines before the numbers were skipped.

    The header is the first line with as many cells as the numbers below it, so that a row of
    units or a broken first row does not take its place; without one, the line above the numbers.
    """
    n_columns = len(_cells(lines[content[first]], delimiter))
    above = [_cells(lines[i], delimiter) for i in content[:first]]
    if above:
        header = next((cells for cells in above if len(cells) == n_columns), above[-1])
        return tuple(header), first - 1
    # numpy.savetxt and others write the header as a comment right above the numbers
    comment = lines[content[0] - 1].strip() if content[0] > 0 else ""
    names = _cells(comment.lstrip("#/% "), delimiter) if comment.startswith(_COMMENTS) else []
    return (tuple(names), 0) if len(names) == n_columns else (None, 0)


def _widths(rows: Sequence[str], delimiter: str, *, may_be_quoted: bool) -> NDArray[np.int64]:
    """Cells of each row."""
    widths = np.array([row.count(delimiter) for row in rows], dtype=np.int64) + 1
    if may_be_quoted:
        for i, row in enumerate(rows):
            if '"' in row:
                widths[i] = len(_cells(row, delimiter))
    return widths


def _forgive_trailing(
    row: str,
    delimiter: str,
    widths: NDArray[np.int64],
    n_columns: int,
    header: tuple[str, ...] | None,
) -> tuple[int, tuple[str, ...] | None]:
    """Accept a separator at the end of every row, or of the header only."""
    if header and (widths == n_columns + 1).all() and row.rstrip(" ").endswith(delimiter):
        return n_columns + 1, (*header, "")
    if header and not header[-1] and (widths == n_columns - 1).all():
        return n_columns - 1, header[:-1]
    return n_columns, header


def _has_decimal_comma(rows: Sequence[str], delimiter: str) -> bool:
    cells = [cell for row in rows for cell in _cells(row, delimiter)]
    return any("," in cell and _NUMBER.fullmatch(cell) for cell in cells)


def _parse(lines: Sequence[str], delimiter: str, columns: Sequence[int]) -> NDArray[np.float64]:
    """(R, k) by numpy's own parser, which raises ValueError at the first cell it cannot read."""
    return np.loadtxt(
        lines, delimiter=delimiter, usecols=list(columns), comments=None, quotechar='"', ndmin=2
    )


def _parse_carefully(
    table: Table, columns: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """As `_parse`, but cell by cell where a chunk of lines holds something else than numbers."""
    values = np.full((len(table.lines), len(columns)), np.nan)
    bad = np.zeros(len(table.lines), dtype=bool)
    for start in range(0, len(table.lines), _CHUNK_LINES):
        chunk = table.lines[start : start + _CHUNK_LINES]
        here = slice(start, start + len(chunk))
        try:
            values[here] = _parse(chunk, table.delimiter, columns)
        except ValueError:
            reader = csv.reader(chunk, delimiter=table.delimiter, skipinitialspace=True)
            for row, cells in enumerate(reader, start=start):
                numbers = [_number(cells[column]) for column in columns]
                if None in numbers:
                    bad[row] = True
                else:
                    values[row] = numbers
    return values, bad


def _number(cell: str) -> float | None:
    """The number in a cell, NaN for an empty one, None for text."""
    bare = cell.strip()
    if _NUMBER.fullmatch(bare) and "," not in bare:
        return float(bare)
    return float("nan") if bare.lower() in _MISSING else None


def _broken_text(table: Table, columns: Sequence[int], count: int, line: int) -> str:
    """What is wrong with the first of `count` broken rows."""
    many = f"Broken rows: {count} of {table.n_rows}"
    if line in table.ragged:
        return f"{many} (line {line} does not have {table.n_columns} cells)"
    row = int(np.searchsorted(table.line_numbers, line))
    cells = _cells(table.lines[row], table.delimiter)
    wrong = next(c for c in columns if _number(cells[c]) is None)
    name = table.header[wrong] if table.header else f"#{wrong + 1}"
    return f"{many} (line {line} has '{cells[wrong][:40]}' in column '{name}')"


def _no_numbers(path: Path, n_lines: int) -> UnreadableFile:
    if n_lines <= 1:
        return UnreadableFile(
            "The table has a header but no rows.", where=str(path), hint="Export the data again."
        )
    return UnreadableFile(
        f"There are no rows of numbers among the first {min(n_lines, _SAMPLE_LINES)} lines.",
        where=str(path),
        hint="Export the sensor's samples as CSV, one row per sample.",
    )
