import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.activities.model import Activity
from comodo_app.activities.naming import Naming, clean_name, merge_by_name, name_key
from comodo_app.errors import UsageError

NAMES = ["", " ", "walk", "Walk", " walk ", "WALK", "stairs up", "stairs  up", "Stairs\tUp"]
activities = st.dictionaries(st.integers(1, 30), st.sampled_from(NAMES)).map(
    lambda names: [Activity(i, name) for i, name in names.items()]
)


@given(activities)
def test_equal_names_map_to_the_lowest_id_and_the_unnamed_to_themselves(listed):
    groups = merge_by_name(listed)
    for a in listed:
        same = [b.id for b in listed if name_key(b.name) == name_key(a.name)]
        assert groups[a.id] == (min(same) if name_key(a.name) else a.id)
        assert groups[groups[a.id]] == groups[a.id]


@given(st.text())
def test_cleaning_a_name_twice_changes_nothing(text):
    assert clean_name(clean_name(text)) == clean_name(text)


def test_the_label_of_a_group_is_the_name_of_its_lowest_id():
    naming = Naming((Activity(7, "walking"), Activity(2, "Walking"), Activity(3)))
    assert (naming.label(7), naming.label(2), naming.label(3)) == (
        "Walking",
        "Walking",
        "activity 3",
    )
    assert naming.members(7) == (2, 7)
    assert [a.id for a in naming.representatives] == [2, 3]
    assert naming.n_named == 2


def test_a_name_is_found_whatever_its_case_and_an_unknown_one_is_none():
    naming = Naming((Activity(4, "Stairs up"), Activity(5, "stairs UP"), Activity(6)))
    assert naming.find("  STAIRS   up") == 4
    assert naming.find("swim") is None
    assert naming.find("") is None


def test_renaming_leaves_the_old_value_alone():
    before = Naming((Activity(1), Activity(2, "run")))
    after = before.renamed(1, "  Run ")
    assert before.groups == {1: 1, 2: 2}
    assert after.groups == {1: 1, 2: 1}
    assert after.label(2) == "Run"
    assert after.renamed(1, "").label(1) == "activity 1"


def test_an_unknown_id_is_named_with_the_known_ones():
    with pytest.raises(UsageError, match=r"no activity 9.*Known ids: 1, 2"):
        Naming((Activity(1), Activity(2))).label(9)


def test_an_id_cannot_appear_twice():
    with pytest.raises(ValueError, match="twice"):
        Naming((Activity(1), Activity(1, "x")))
    with pytest.raises(ValueError, match="twice"):
        merge_by_name([Activity(1), Activity(1, "x")])
