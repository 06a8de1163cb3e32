"""The catalogue that is shipped is right, and a wrong one says what is wrong."""

from __future__ import annotations

import pytest

from comodo_app.errors import UsageError
from comodo_app.weights.catalog import Kind, catalog, catalog_path, entry, read_catalog

GOOD = """
schema = 1
[teacher.small]
title = "Small"
summary = "A small one."
architecture = "videomae"
repo = "somebody/small"
revision = "main"
files = ["config.json", "*.safetensors"]
size_bytes = 1000
licence = "MIT"
licence_url = "https://example.org"
non_commercial = false
embedding_dim = 8
n_parameters = 100
preprocessing = "16 frames"
naming = ""
verified = "not at all"
"""


def test_the_shipped_catalogue_has_every_model_that_the_app_names():
    ids = {kind: {each.id for each in catalog() if each.kind is kind} for kind in Kind}
    assert ids[Kind.TEACHER] == {
        "timesformer-b", "videomae-b", "videomae-s", "vjepa2-l", "videoprism-lvt-b", "siglip2-b",
    }  # fmt: skip
    assert ids[Kind.STUDENT] == {"mantis-v1", "mantis-plus", "mantis-v2", "moment-small"}


def test_non_commercial_models_say_so_beside_their_licence():
    restricted = {each.id for each in catalog() if each.non_commercial}
    assert restricted == {"timesformer-b", "videomae-b", "videomae-s"}
    assert entry("videomae-b").licence_line == "CC-BY-NC-4.0 (non-commercial use only)"
    assert entry("vjepa2-l").licence_line == "MIT"


def test_only_timesformer_may_be_converted_from_a_pickle():
    pickled = {e.id for e in catalog() if any(name.endswith(".bin") for name in e.files)}
    assert pickled == {"timesformer-b"}


def test_no_entry_asks_for_code():
    assert not [e.id for e in catalog() if any("py" in name.split(".") for name in e.files)]


def test_an_unknown_id_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"no model called 'resnet'.*videomae-b.*moment-small"):
        entry("resnet")


def test_the_catalogue_lies_beside_the_package_in_a_checkout():
    assert catalog_path().parts[-2:] == ("models", "catalog.toml")


def test_a_good_file_is_read_with_its_defaults(tmp_path):
    path = tmp_path / "catalog.toml"
    path.write_text(GOOD)
    (small,) = read_catalog(path)
    assert (small.id, small.kind, small.files) == (
        "small", Kind.TEACHER, ("config.json", "*.safetensors"),
    )  # fmt: skip
    assert (dict(small.options), small.model_types) == ({}, ())
    with pytest.raises(TypeError):
        small.options["layer"] = 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("schema = 1", "schema = 2"), "schema is 2"),
        (("[teacher.small]", "[parent.small]"), "no kind 'parent'"),
        (("[teacher.small]", "[teacher.'../up']"), "An id is made of"),
        (("[teacher.small]", "[teacher.local-x]"), "An id begins neither"),
        (('title = "Small"', ""), "title is missing"),
        (('title = "Small"', "title = 3"), "title must be a text"),
        (('title = "Small"', 'title = ""'), "title must be a text"),
        (('title = "Small"', 'title = "Small"\ncolour = 3'), "colour is not known"),
        (("size_bytes = 1000", "size_bytes = 0"), "size_bytes must be a whole number above 0"),
        (("size_bytes = 1000", "size_bytes = true"), "size_bytes must be a whole number above 0"),
        (("size_bytes = 1000", 'size_bytes = "1 KB"'), "size_bytes must be a whole number"),
        (("non_commercial = false", "non_commercial = 0"), "non_commercial must be true or false"),
        (('files = ["config.json", "*.safetensors"]', "files = []"), "at least one file"),
        (('"*.safetensors"', '"model.py"'), "'model.py' is not a data file"),
        (('"*.safetensors"', '"../model.safetensors"'), "is not a data file"),
        (('"*.safetensors"', "3"), "files must be a list of texts"),
        (('repo = "somebody/small"', 'repo = "small"'), "repo must be OWNER/NAME"),
        (("size_bytes = 1000", "size_bytes = 1000\noptions = 3"), "options must be a table"),
        (("size_bytes = 1000", "size_bytes = = 1000"), "cannot be read"),
    ],
)
def test_a_bad_entry_says_which_and_what(tmp_path, change, said):
    path = tmp_path / "catalog.toml"
    assert change[0] in GOOD
    path.write_text(GOOD.replace(*change))
    with pytest.raises(UsageError, match=said) as caught:
        read_catalog(path)
    assert str(path) in str(caught.value)


def test_the_same_id_as_teacher_and_student_is_refused(tmp_path):
    path = tmp_path / "catalog.toml"
    path.write_text(GOOD + GOOD.replace("schema = 1", "").replace("teacher", "student"))
    with pytest.raises(UsageError, match="small is there twice"):
        read_catalog(path)
