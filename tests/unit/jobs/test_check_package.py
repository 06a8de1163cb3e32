"""Whatever is wrong with a package is found and named; nothing of it is believed or unpacked."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import stat
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from comodo_app.errors import UnreadableFile
from comodo_app.jobs.check_package import CheckPackageRequest, check_package
from comodo_app.jobs.package import PackageRequest, package
from comodo_app.students import package as files_module
from comodo_app.students.contract import FileFacts, digest
from comodo_app.students.package import MEMBERS, read_contract, read_package
from tests.unit.jobs.packaged import make_project, quiet


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A whole package with int8, as folder and zip."""
    folder = tmp_path_factory.mktemp("checked")
    make_project(folder, "transformer", names=("sit", "walk")).close()
    return package(PackageRequest(folder / "made.comodo", as_zip=True), quiet())


@pytest.fixture
def folder(original, tmp_path):
    """A copy to be damaged."""
    return Path(shutil.copytree(original.folder, tmp_path / "student"))


def check(place):
    return check_package(CheckPackageRequest(place), quiet())


def problems(place):
    return [f"{c.name}: {problem}" for c in check(place).checks for problem in c.problems]


def rewrite(folder, change=lambda values: None, **files):
    """Change the contract, and members (by name up to the dot), with checksums that fit again."""
    path = folder / "contract.json"
    values = json.loads(path.read_text("utf-8"))
    for name, content in files.items():
        full = next(member for member in MEMBERS if member.replace(".", "_") == name)
        (folder / full).write_bytes(content)
        facts = FileFacts.of(content)
        values["files"][full] = {"sha256": facts.sha256, "size_bytes": facts.size_bytes}
    change(values)
    values["digest"] = digest(values)
    path.write_text(json.dumps(values), "utf-8")


def test_a_whole_package_passes_as_folder_and_as_zip_with_its_speed(original):
    for place in (original.folder, original.zip):
        result = check(place)
        assert result.whole and result.usable
        assert [c.name for c in result.checks] == [
            "contract", "files", "student.onnx interface", "student.onnx self-test",
            "student.int8.onnx interface", "student.int8.onnx self-test",
        ]  # fmt: skip
        assert 0 < result.ms_per_window < 1000 and 0 < result.ms_per_window_int8 < 1000
        assert read_contract(read_package(place)).n_samples == 100


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "contract.json"])
def test_one_changed_byte_in_any_file_is_found(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 0x10
    (folder / name).write_bytes(content)
    assert f"files: {name}: its checksum is not that of the contract" in problems(folder)
    with pytest.raises(UnreadableFile, match="not whole"):
        read_contract(read_package(folder))


@pytest.mark.parametrize("name", MEMBERS)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert any(name in problem and "missing" in problem for problem in problems(folder))
    assert not check(folder).whole


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "contract.json"])
def test_a_truncated_file_is_found_even_where_the_contract_was_made_to_fit(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    expected = f"files: {name}: {len(content) // 2} bytes instead of {len(content)}"
    assert expected in problems(folder)
    if name != "card.md":
        rewrite(folder, **{name.replace(".", "_"): content[: len(content) // 2]})
        assert any(problem.startswith(name) for problem in problems(folder))


def test_a_broken_int8_model_leaves_the_package_usable(folder):
    (folder / "student.int8.onnx").write_bytes(b"")
    rewrite(folder, student_int8_onnx=(folder / "student.onnx").read_bytes()[:100])
    result = check(folder)
    assert result.usable and not result.whole
    (folder / "student.onnx").unlink()
    assert not check(folder).usable


def test_an_edited_contract_is_noticed_and_the_rest_is_checked_all_the_same(folder):
    path = folder / "contract.json"
    path.write_text(path.read_text("utf-8").replace('"label": "walk"', '"label": "fall"'), "utf-8")
    assert problems(folder) == ["contract: digest: the contract was changed after it was written"]
    assert not check(folder).usable


def dropped(group, name):
    return lambda values: values[group].pop(name)


def set_to(group, name, value):
    return lambda values: values[group].__setitem__(name, value)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda v: v.pop("head"), "head: missing"),
        (lambda v: v.pop("files"), "files: none"),
        (lambda v: v.update(schema=99), "schema: 99; this version of the app reads 1"),
        (lambda v: v.update(format="zip"), "format: 'zip'"),
        (lambda v: v.update(activities=[]), "activities: none"),
        (dropped("decision", "threshold"), "decision.threshold: missing"),
        (dropped("provenance", "teacher"), "provenance.teacher: missing"),
        (set_to("input", "units", ["g"] * 6), "input.units"),
        (set_to("input", "channels", ["acc_z"]), "input.channels"),
        (set_to("window", "rate_hz", 50.0), "window.samples: 100, but seconds × rate_hz is 200"),
        (set_to("window", "rate_hz", True), "window.rate_hz: true cannot be"),
        (set_to("window", "seconds", -4), "window.seconds: -4 cannot be"),
        (set_to("window", "rate_hz", "25"), "window.rate_hz"),
        (set_to("decision", "temperature", 0), "decision.temperature"),
        (set_to("smoothing", "stay_probability", 1.0), "smoothing.stay_probability"),
        (set_to("smoothing", "extra", 1.0), "smoothing.extra: unknown"),
        (set_to("resampling", "passband_hz", 20.0), "resampling: needs passband_hz"),
        (set_to("output", "dimensions", 23), "head.mean: (24,) instead of (23,)"),
        (set_to("head", "kind", "oracle"), "head.kind"),
        (set_to("head", "column_ids", [1, 2, 4, 3]), "head.column_ids: must rise"),
        (lambda v: v["head"]["scale"].__setitem__(0, 0.0), "head.scale"),
        (lambda v: v["head"]["prototypes"][1].pop(), "head.prototypes"),
        (lambda v: v["head"]["prototypes"].pop(), "head.prototypes: (3, 24) instead of (4, 24)"),
        (lambda v: v["activities"].pop(), "each column of the head"),
        (lambda v: v["activities"][0].update(member_ids=[2]), "activities[0]: member_ids"),
        (lambda v: v["activities"][0].update(colour="red"), "activities[0].colour"),
        (lambda v: v["activities"][0].update(label=""), "activities[0].label"),
        (lambda v: v["activities"][0].update(columns=[0, 0]), "each column of the head"),
        (lambda v: v["files"]["card.md"].update(sha256="0"), "files[card.md].sha256"),
        (lambda v: v["files"].update({"evil.py": v["files"]["card.md"]}), "evil.py: listed, but"),
    ],
)  # fmt: skip
def test_a_contract_that_is_incomplete_or_makes_no_sense_is_named_by_field(folder, change, said):
    rewrite(folder, change)
    found = problems(folder)
    assert any(said in problem for problem in found), found
    assert not check(folder).whole


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04pickle", b"[1, 2]", b'{"format": NaN}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_contract_that_is_no_json_object_is_a_result_not_a_crash(folder, content):
    (folder / "contract.json").write_bytes(content)
    [check_] = check(folder).checks
    assert "contract.json cannot be read" in check_.problems[0]


def npz(folder, **changes):
    with np.load(folder / "selftest.npz") as arrays:
        found = dict(arrays) | changes
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in found.items() if array is not None})
    return buffer.getvalue()


class Bomb:
    fuse = False

    def __reduce__(self):
        return (setattr, (Bomb, "fuse", True))


@pytest.mark.parametrize("whole", [False, True])
def test_a_pickle_in_the_self_test_is_refused_and_not_run(folder, whole):
    bomb = np.array([Bomb()], dtype=object)
    content = pickle.dumps(bomb) if whole else npz(folder, windows=bomb)
    rewrite(folder, selftest_npz=content)
    assert any(problem.startswith("selftest.npz") for problem in problems(folder))
    assert not Bomb.fuse


def test_a_self_test_that_does_not_fit_the_contract_is_named(folder, original):
    for changes, said in [
        ({"windows": None}, "windows"),
        ({"windows": np.zeros((8, 99, 6), np.float32)}, "windows is float32 (8, 99, 6)"),
        ({"windows": np.zeros((0, 100, 6), np.float32)}, "it holds no window"),
        ({"unknown": np.zeros(8)}, "unknown is float64"),
        ({"confidence": np.full(8, np.nan)}, "confidence is not finite"),
    ]:
        rewrite(folder, selftest_npz=npz(original.folder, **changes))
        found = problems(folder)
        assert any(problem.startswith("selftest.npz") and said in problem for problem in found), (
            changes, found,
        )  # fmt: skip


def test_another_model_fails_the_self_test_with_how_far_off_it_is(folder):
    proto = onnx.load_model_from_string((folder / "student.onnx").read_bytes())
    kernel = next(t for t in proto.graph.initializer if t.name == "patches.weight")
    values = onnx.numpy_helper.to_array(kernel) * 1.5
    kernel.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float32), kernel.name))
    other = proto.SerializeToString()
    rewrite(folder, student_onnx=other, student_int8_onnx=other)
    found = problems(folder)
    assert any("student.onnx self-test: embeddings differ by" in p for p in found)
    assert any("student.int8.onnx self-test: cosine to fp32 is" in p for p in found)


def test_another_head_fails_the_self_test_by_what_it_says(folder):
    rewrite(folder, lambda v: v["head"]["prototypes"].reverse())
    found = problems(folder)
    assert any("probabilities differ" in problem for problem in found)
    assert any("instead of" in problem for problem in found)
    assert not any("embeddings differ" in problem for problem in found)


def model(inputs, outputs, nodes):
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return made.SerializeToString()


def value(name, shape, kind=onnx.TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def test_a_model_with_other_inputs_or_outputs_is_refused_with_both_written_out(folder):
    nodes = [helper.make_node("ReduceMean", ["windows"], ["embeddings"], axes=[1], keepdims=0)]
    right, out = value("windows", ["B", 100, 6]), value("embeddings", ["B", 6])
    two = [*nodes, helper.make_node("Identity", ["windows"], ["more"])]
    for content, said in [
        (model([right], [out], nodes), "output: embeddings tensor(float) ['B', 6] instead of"),
        (model([value("windows", ["B", 99, 6])], [out], nodes), "input: windows tensor(float)"),
        (model([value("windows", [1, 100, 6])], [out], nodes), "[1, 100, 6] instead of"),
        (model([right], [out, value("more", ["B", 100, 6])], two), "more tensor(float)"),
    ]:
        rewrite(folder, student_onnx=content)
        found = problems(folder)
        assert any("student.onnx interface" in p and said in p for p in found), found
        assert check(folder).ms_per_window is None


def test_a_model_with_data_elsewhere_is_refused_before_anything_is_read_there(folder, monkeypatch):
    proto = onnx.load_model_from_string((folder / "student.onnx").read_bytes())
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="contract.json")
    rewrite(folder, student_onnx=proto.SerializeToString())
    loaded = []
    import onnxruntime

    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda m, *a, **k: loaded.append(m) or real(m, *a, **k)
    )
    assert (
        "student.onnx: it reaches outside of the package: data in another file (contract.json)"
        in problems(folder)
    )
    assert len(loaded) == 1  # the int8 model alone


def zipped(tmp_path, members, links=()):
    path = tmp_path / "student.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            if name in links:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize(
    "name", ["../student.onnx", "a/../../x", "/etc/passwd", "C:\\x", "..\\student.onnx"]
)
def test_a_zip_with_a_member_that_leaves_the_package_is_refused_whole(original, tmp_path, name):
    members = [(path.name, path.read_bytes()) for path in original.folder.iterdir()]
    place = zipped(tmp_path, [*members, (name, b"x")])
    [problem] = problems(place)
    assert "outside of the package" in problem
    assert list(tmp_path.iterdir()) == [place]


def test_links_doubles_and_bombs_in_a_zip_are_refused(original, tmp_path, monkeypatch):
    members = [(path.name, path.read_bytes()) for path in sorted(original.folder.iterdir())]
    assert "is a link" in problems(zipped(tmp_path, members, links=["card.md"]))[0]
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(tmp_path, [*members, members[0]])
    assert "is in it twice" in problems(twice)[0]
    monkeypatch.setattr(files_module, "MAX_BYTES", 1000)
    assert "larger than any student" in problems(zipped(tmp_path, members))[0]
    assert "larger than any student" in problems(original.folder)[0]


def test_a_damaged_zip_a_text_and_nothing_are_results_too(original, tmp_path):
    content = original.zip.read_bytes()
    half = tmp_path / "half.zip"
    half.write_bytes(content[: len(content) // 2])
    assert "damaged or not a zip" in problems(half)[0]
    flipped = tmp_path / "flipped.zip"
    flipped.write_bytes(content[:5000] + bytes([content[5000] ^ 0xFF]) + content[5001:])
    assert "damaged or not a zip" in problems(flipped)[0]
    assert "no such package" in problems(tmp_path / "nothing.zip")[0]
    (tmp_path / "empty").mkdir()
    assert "no student package" in problems(tmp_path / "empty")[0]


def test_a_zip_made_by_a_file_manager_passes_and_a_stranger_in_it_does_not(original, tmp_path):
    members = [(f"student/{p.name}", p.read_bytes()) for p in sorted(original.folder.iterdir())]
    litter = [("__MACOSX/student/._card.md", b""), ("student/.DS_Store", b"")]
    assert check(zipped(tmp_path, [*members, *litter])).whole
    strange = zipped(tmp_path, [*members, ("student/run_me.py", b"print(1)")])
    assert problems(strange) == ["files: run_me.py: no part of a package"]


def test_a_link_in_a_folder_is_not_followed(folder, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes((folder / "card.md").read_bytes())
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(secret)
    assert "is a link" in problems(folder)[0]
