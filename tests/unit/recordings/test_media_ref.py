"""Keys of media content: the same after moving, another after a change."""

import pytest

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.media_ref import content_key, find_moved, matches, media_ref

MIB = 1 << 20


@pytest.mark.parametrize("size", [0, 1, MIB, 3 * MIB, 3 * MIB + 1, 8 * MIB + 17])
def test_key_depends_on_content_not_on_name(tmp_path, size):
    content = bytes(range(256)) * (size // 256 + 1)
    (tmp_path / "a.mp4").write_bytes(content[:size])
    (tmp_path / "b.bin").write_bytes(content[:size])
    key = content_key(tmp_path / "a.mp4")
    assert key == content_key(tmp_path / "b.bin")
    assert len(key) == 32 and int(key, 16) >= 0


@pytest.mark.parametrize("place", [0, MIB - 1, MIB, 5 * MIB, 8 * MIB - 1])
def test_key_changes_with_size_and_with_bytes_at_the_sampled_places(tmp_path, place):
    path = tmp_path / "a.mp4"
    content = bytearray(8 * MIB)
    path.write_bytes(content)
    before = content_key(path)
    path.write_bytes(content + b"\0")
    assert content_key(path) != before
    if place in (MIB, 5 * MIB):  # only blocks are read between the edges: change a whole MiB
        content[place : place + MIB] = b"\1" * MIB
    else:
        content[place] = 1
    path.write_bytes(content)
    assert content_key(path) != before


def test_a_moved_file_is_found_again_by_content(tmp_path):
    old, new, other = tmp_path / "a.mp4", tmp_path / "moved.mp4", tmp_path / "other.mp4"
    old.write_bytes(b"hello" * 1000)
    other.write_bytes(b"olleh" * 1000)
    ref = media_ref(old)
    assert (ref.size_bytes, matches(ref, old), matches(ref, other)) == (5000, True, False)
    old.rename(new)
    assert not matches(ref, old)
    assert find_moved(ref, [old, other, new]) == (new,)


def test_a_missing_file_is_refused_in_words(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read"):
        content_key(tmp_path / "nowhere.mp4")
