"""Text tables: separators, decimal signs, headers, encodings, broken rows."""

from pathlib import Path

import numpy as np
import pytest

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.tables import open_table, read_numbers

ROWS = "0,1.5,-2\n1,2.5,-3\n2,3.5,-4\n"
VALUES = [[0, 1.5, -2], [1, 2.5, -3], [2, 3.5, -4]]


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_reads_every_separator_and_line_end(tmp_path, delimiter, newline):
    text = ("t,a,b\n" + ROWS).replace(",", delimiter).replace("\n", newline)
    table = open_table(written(tmp_path, text))
    assert table.header == ("t", "a", "b")
    assert table.delimiter == delimiter
    assert read_numbers(table, (0, 1, 2)).values.tolist() == VALUES


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_reads_decimal_commas(tmp_path, delimiter):
    text = "t,a,b\n" + ROWS
    text = text.replace(",", delimiter).replace(".", ",")
    table = open_table(written(tmp_path, text))
    assert read_numbers(table, (0, 1, 2)).values.tolist() == VALUES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_reads_encodings_with_and_without_byte_order_mark(tmp_path, encoding):
    table = open_table(written(tmp_path, "t,a (m/s²),b (°/s)\n" + ROWS, encoding))
    assert table.header == ("t", "a (m/s²)", "b (°/s)")


def test_quotes_around_names_and_numbers_are_taken_off(tmp_path):
    text = '"t (s)","a, left","b"\n"0","1.5","-2"\n"1","2.5","-3"\n'
    table = open_table(written(tmp_path, text))
    assert table.header == ("t (s)", "a, left", "b")
    assert read_numbers(table, (0, 1, 2)).values.tolist() == VALUES[:2]


def test_comments_blank_lines_and_preamble_are_skipped_and_preamble_counted(tmp_path):
    text = "# made by x\nsep=,\nDevice: y\n\nt,a,b\n0,1.5,-2\n# pause\n\n1,2.5,-3\n"
    table = open_table(written(tmp_path, text))
    assert table.header == ("t", "a", "b")
    assert read_numbers(table, (0, 1, 2)).values.tolist() == VALUES[:2]
    assert [(note.code, note.count) for note in table.notes] == [("skipped_lines", 1)]
    assert table.line_numbers.tolist() == [6, 9]


def test_header_may_be_a_comment_right_above_the_numbers(tmp_path):
    assert open_table(written(tmp_path, "# t, a, b\n" + ROWS)).header == ("t", "a", "b")


def test_header_is_none_if_the_first_row_holds_numbers(tmp_path):
    table = open_table(written(tmp_path, ROWS))
    assert table.header is None
    assert table.n_columns == 3
    assert len(table.lines) == 3


@pytest.mark.parametrize("text", ["t,a,b\n0,1.5,-2,\n1,2.5,-3,\n", "t,a,b,\n0,1.5,-2\n1,2.5,-3\n"])
def test_a_separator_at_the_end_of_header_or_rows_is_forgiven(tmp_path, text):
    table = open_table(written(tmp_path, text))
    assert read_numbers(table, (0, 1, 2)).values.tolist() == VALUES[:2]


def test_text_columns_beside_the_wanted_ones_do_no_harm(tmp_path):
    text = "t,label,a\n0,walking,1.5\n1,,2.5\n"
    table = open_table(written(tmp_path, text))
    cells = read_numbers(table, (0, 2))
    assert cells.values.tolist() == [[0, 1.5], [1, 2.5]]
    assert cells.notes == ()
    assert table.texts(1) == ["walking", ""]


@pytest.mark.parametrize("missing", ["", " ", "NaN", "NULL", "n/a", "nan", "1e300", "-inf"])
def test_missing_values_become_nan_and_are_not_broken(tmp_path, missing):
    text = "t,a,b\n" + ROWS + f"3,{missing},-5\n"
    cells = read_numbers(open_table(written(tmp_path, text)), (0, 1, 2))
    assert np.isnan(cells.values[3, 1])
    assert cells.values[3, [0, 2]].tolist() == [3, -5]
    assert cells.notes == ()


def test_rows_with_text_for_a_number_are_dropped_counted_and_named(tmp_path):
    rows = [f"{i},{i / 2},{-i}" for i in range(5000)]
    rows[3000] = "3000,oops,-3000"
    rows[4000] = "4000,1_000,-4000"
    table = open_table(written(tmp_path, "t,a,b\n" + "\n".join(rows)))
    cells = read_numbers(table, (0, 1, 2))
    assert len(cells.values) == 4998
    assert 3000 not in cells.rows and 4000 not in cells.rows
    assert cells.values[3000].tolist() == [3001, 1500.5, -3001]
    (note,) = cells.notes
    assert (note.code, note.count) == ("broken_rows", 2)
    assert "line 3002" in note.text and "'oops'" in note.text and "'a'" in note.text


def test_rows_with_too_few_or_too_many_cells_are_dropped_and_counted(tmp_path):
    rows = [f"{i},{i / 2},{-i}" for i in range(100)]
    rows[10] = "10,5"
    rows[20] = "20,5,5,5"
    cells = read_numbers(open_table(written(tmp_path, "t,a,b\n" + "\n".join(rows))), (0, 1))
    assert len(cells.values) == 98
    assert [(note.code, note.count) for note in cells.notes] == [("broken_rows", 2)]
    assert "line 12" in cells.notes[0].text


def test_more_than_a_fifth_of_broken_rows_is_refused(tmp_path):
    rows = [f"{i},{'x' if i % 4 == 0 else i},1" for i in range(1, 101)]
    table = open_table(written(tmp_path, "t,a,b\n" + "\n".join(rows)))
    with pytest.raises(UnreadableFile, match="Broken rows: 25 of 100"):
        read_numbers(table, (0, 1, 2))


def test_decimal_commas_between_commas_are_refused_not_misread(tmp_path):
    rows = "\n".join(f"0,{i:02d},1,50,2,25" for i in range(20))
    with pytest.raises(UnreadableFile, match=r"cells.*separator"):
        open_table(written(tmp_path, "t,a,b\n" + rows))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"# only a comment\n", "no rows"),
        (b"t,a,b\n", "no rows"),
        (b"name,colour\nanna,red\nben,blue\n", "no rows of numbers"),
        (b"\x00\x01\x02" * 100, "not a text table"),
    ],
)
def test_files_that_hold_no_table_are_refused_in_words(tmp_path, content, said):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said) as caught:
        open_table(path)
    assert caught.value.where == str(path)


def test_a_folder_called_like_a_table_is_refused_in_words(tmp_path):
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(UnreadableFile, match="cannot be read"):
        open_table(tmp_path / "x.csv")


def test_a_missing_file_is_refused_in_words(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read"):
        open_table(tmp_path / "nowhere.csv")


def test_fast_and_careful_reading_give_the_same_numbers(tmp_path):
    rng = np.random.default_rng(3)
    values = rng.normal(0, 100, (5000, 4))
    rows = [",".join(f"{v:.9g}" for v in row) for row in values]
    clean = read_numbers(open_table(written(tmp_path, "a,b,c,d\n" + "\n".join(rows))), range(4))
    rows.insert(2500, "x,1,2,3")
    dirty = read_numbers(open_table(written(tmp_path, "a,b,c,d\n" + "\n".join(rows))), range(4))
    assert np.array_equal(clean.values, dirty.values)
