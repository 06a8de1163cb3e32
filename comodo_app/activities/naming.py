"""Names of activities: equal names act as one activity, without any refit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from comodo_app.activities.model import Activity
from comodo_app.errors import UsageError


def clean_name(text: str) -> str:
    """What is kept of a typed name: no space at its ends, single spaces within."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def name_key(name: str) -> str:
    """What two names are compared by: case and spacing do not count."""
    return clean_name(unicodedata.normalize("NFKC", name).casefold())


def merge_by_name(activities: Sequence[Activity]) -> Mapping[int, int]:
    """Map each activity's id to the lowest id that carries the same name.

    An activity without a name stands for itself. The mapping is idempotent.

    Raises
    ------
    ValueError
        If an id appears twice.
    """
    by_id = {activity.id: activity for activity in activities}
    if len(by_id) != len(activities):
        raise ValueError("an activity id appears twice")
    lowest: dict[str, int] = {}
    groups: dict[int, int] = {}
    for number in sorted(by_id):
        key = name_key(by_id[number].name)
        groups[number] = lowest.setdefault(key, number) if key else number
    return groups


@dataclass(frozen=True, slots=True)
class Naming:
    """The activities of a project and the groups that their names form."""

    activities: tuple[Activity, ...]

    def __post_init__(self) -> None:
        if len({activity.id for activity in self.activities}) != len(self.activities):
            raise ValueError("an activity id appears twice")

    def __iter__(self) -> Iterator[Activity]:
        return iter(self.activities)

    @property
    def groups(self) -> Mapping[int, int]:
        """Id → representative, as `merge_by_name`."""
        return merge_by_name(self.activities)

    @property
    def representatives(self) -> tuple[Activity, ...]:
        """One activity per name (and each unnamed one), by rising id."""
        groups = self.groups
        alone = (a for a in self.activities if groups[a.id] == a.id)
        return tuple(sorted(alone, key=lambda activity: activity.id))

    @property
    def n_named(self) -> int:
        """How many activities carry a name."""
        return sum(bool(name_key(activity.name)) for activity in self.activities)

    def label(self, activity_id: int) -> str:
        """What is shown for an id: its group's name as first typed, or "activity 3".

        Raises
        ------
        UsageError
            If no activity has this id.
        """
        representative = self._representative(activity_id)
        return next(a.label for a in self.activities if a.id == representative)

    def members(self, activity_id: int) -> tuple[int, ...]:
        """All ids that act as one with this id, itself included, rising.

        Raises
        ------
        UsageError
            If no activity has this id.
        """
        representative = self._representative(activity_id)
        return tuple(sorted(i for i, group in self.groups.items() if group == representative))

    def find(self, name: str) -> int | None:
        """Representative of the activities with this name; None if there are none."""
        key = name_key(name)
        ids = [a.id for a in self.activities if key and name_key(a.name) == key]
        return min(ids, default=None)

    def renamed(self, activity_id: int, name: str) -> Naming:
        """The same activities with one name set (or cleared by an empty one).

        Raises
        ------
        UsageError
            If no activity has this id.
        """
        self._representative(activity_id)
        return Naming(
            tuple(
                Activity(a.id, clean_name(name)) if a.id == activity_id else a
                for a in self.activities
            )
        )

    def _representative(self, activity_id: int) -> int:
        groups = self.groups
        if activity_id not in groups:
            raise UsageError(
                f"There is no activity {activity_id}.",
                hint="Known ids: " + (", ".join(str(i) for i in sorted(groups)) or "none") + ".",
            )
        return groups[activity_id]
