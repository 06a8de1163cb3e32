"""How well a text answers a query: every word must match, words may be abbreviated."""

from __future__ import annotations

import re

TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d(?:\.\d{1,3})?)")


def score(query: str, title: str, more: str = "") -> float:
    """Points for a title (and `more` words, which count less); 0 if a word does not match.

    A word matches, from best to worst: where a word of the title begins, inside the title,
    inside `more`, or as letters of the title in order ("exp tl" finds "Export timelines").
    """
    total = 0.0
    lower, more = title.lower(), more.lower()
    for word in query.lower().split():
        points = _word(word, lower, more)
        if points == 0:
            return 0.0
        total += points
    # Of equal ones the shorter title, in which the query is more of the whole.
    return total + 1.0 / (2 + len(title)) if total else 0.0


def time_of(query: str) -> float | None:
    """Seconds if the query is a time like 12:41 or 1:02:03.5, else None."""
    found = TIME.fullmatch(query.strip())
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)


def _word(word: str, title: str, more: str) -> float:
    if title.startswith(word):
        return 5.0
    if re.search(rf"\b{re.escape(word)}", title):
        return 4.0
    if word in title:
        return 3.0
    if word in more:
        return 2.0
    return 1.0 if _in_order(word, title) else 0.0


def _in_order(word: str, title: str) -> bool:
    """Whether the letters come in order, the first at a word's beginning."""
    for begin in re.finditer(rf"\b{re.escape(word[0])}", title):
        letters = iter(title[begin.start() :])
        if all(letter in letters for letter in word):
            return True
    return False
