"""Which rows of a log agree about the order of time, when its clock does not always run forward."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.model import Note

# Nobody pauses a recording for a day: such a step is a clock that was set, or a broken row.
_FAR_S = 86_400.0
# A clock that is set more often than this is not a clock.
_MAX_BLOCKS = 2000


def in_order(
    times: NDArray[np.float64], *, gap_s: float, where: str = ""
) -> tuple[NDArray[np.int64] | None, tuple[Note, ...]]:
    """Choose the rows that form one time line, in order.

    Rows that come late by no more than `gap_s`, or that fill a hole, are sorted in
    (``"out_of_order"``). Where the clock jumps back further, the log is cut into blocks and the
    chain of blocks that keeps most rows stays; what it covers twice is cut out
    (``"repeated_rows"``). Rows more than a day away from the rest go, too (``"far_rows"``).

    Parameters
    ----------
    times : (T,) float64
        Finite, in the order of the file.
    gap_s : float
        What counts as a jump.

    Returns
    -------
    order : (K,) int64 or None
        Rows to keep, so that ``times[order]`` never decreases; None if all are in order.
    notes : tuple of Note

    Raises
    ------
    UnreadableFile
        If the clock jumps back so often that no time line can be found.
    """
    steps = np.diff(times)
    if (steps >= 0).all() and not (steps > _FAR_S).any():
        return None, ()
    notes: list[Note] = []
    if (steps < -gap_s).any():
        kept = _longest_chain(times, gap_s, where)
        n_cut = len(times) - len(kept)
        if n_cut:
            back = int((steps < -gap_s).sum())
            text = (
                f"rows cut out because the clock jumps back ({back}×) and repeats itself: {n_cut}"
            )
            notes.append(Note("repeated_rows", n_cut, text))
    else:
        kept = np.arange(len(times))
    in_file_order = times[kept]
    n_late = int((in_file_order < np.maximum.accumulate(in_file_order)).sum())
    if n_late:
        text = f"rows that came late, sorted in: {n_late}"
        notes.append(Note("out_of_order", n_late, text))
    order = kept[np.argsort(in_file_order, kind="stable")]
    near = _largest_piece(times[order])
    n_far = len(order) - (near.stop - near.start)
    if n_far:
        text = f"rows dropped because they lie more than a day from the others: {n_far}"
        notes.append(Note("far_rows", n_far, text))
    return order[near], tuple(notes)


def _longest_chain(times: NDArray[np.float64], gap_s: float, where: str) -> NDArray[np.int64]:
    """Rows to keep, as ascending row numbers, (K,)."""
    steps = np.diff(times)
    # A jump forward only matters if a later row takes it back.
    lowest_after = np.minimum.accumulate(times[::-1])[::-1]
    taken_back = (steps > gap_s) & (lowest_after[1:] < times[1:])
    cuts = np.flatnonzero((steps < -gap_s) | taken_back) + 1
    if len(cuts) >= _MAX_BLOCKS:
        raise UnreadableFile(
            f"The time column jumps back and forth {len(cuts)} times: it is not a clock.",
            where=where,
            hint="Choose another time column: --columns time=...",
        )
    blocks = np.split(np.arange(len(times)), cuts)
    # Sorted inside, so that late rows within a block do not matter here.
    blocks = [block[np.argsort(times[block], kind="stable")] for block in blocks]
    chain, ends = _best_chain([times[block] for block in blocks])
    parts, left_over = [], [block for j, block in enumerate(blocks) if j not in set(chain)]
    end = -np.inf
    for j in chain:
        covered = int(np.searchsorted(times[blocks[j]], end, side="left"))
        parts.append(blocks[j][covered:])
        left_over.append(blocks[j][:covered])
        end = ends[j]
    kept = np.concatenate(parts)
    half_period_s = float(np.median(steps[steps > 0])) / 2 if (steps > 0).any() else 0.0
    for rows in left_over:
        if len(rows) and _fills_a_hole(times[rows], times[kept], half_period_s):
            kept = np.insert(kept, int(np.searchsorted(times[kept], times[rows[0]])), rows)
    return np.sort(kept)


def _best_chain(blocks: list[NDArray[np.float64]]) -> tuple[list[int], NDArray[np.float64]]:
    """The sequence of blocks that keeps most rows when each begins where the last one ended.

    Weighted longest increasing subsequence, O(blocks² log rows).
    """
    ends = np.array([block[-1] for block in blocks])
    best = np.array([len(block) for block in blocks])
    before = np.full(len(blocks), -1)
    for j in range(1, len(blocks)):
        covered = np.searchsorted(blocks[j], ends[:j], side="left")
        gain = np.where(ends[:j] < ends[j], best[:j] + len(blocks[j]) - covered, -1)
        i = int(np.argmax(gain))
        if gain[i] > best[j]:
            best[j], before[j] = gain[i], i
    chain = [int(np.argmax(best))]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return chain[::-1], ends


def _fills_a_hole(
    block: NDArray[np.float64], kept: NDArray[np.float64], half_period_s: float
) -> bool:
    """Whether a late block lies between kept rows, where hardly any row is yet."""
    if block[0] <= kept[0] or block[-1] >= kept[-1]:
        return False
    edges = np.searchsorted(kept, [block[0] - half_period_s, block[-1] + half_period_s])
    return bool(2 * (edges[1] - edges[0]) <= len(block))


def _largest_piece(ordered: NDArray[np.float64]) -> slice:
    """The rows between two steps of more than a day that are most."""
    cuts = np.flatnonzero(np.diff(ordered) > _FAR_S) + 1
    bounds = np.concatenate(([0], cuts, [len(ordered)]))
    longest = int(np.argmax(np.diff(bounds)))
    return slice(int(bounds[longest]), int(bounds[longest + 1]))
