"""Tables, of Python's own and of other libraries."""

import datetime

import wpipe
from support import ProjectTest, importable


class Own(ProjectTest):
    def test_a_dict_of_lists_is_a_table(self):
        columns = {
            "whole": [1, None],
            "real": [0.5, 2],
            "flag": [True, None],
            "text": ["a", None],
            "raw": [b"x", b""],
            "day": [datetime.date(1970, 1, 2), None],
        }
        table = wpipe.table(columns)
        self.assertEqual(
            table.schema,
            {"whole": "i64", "real": "f64", "flag": "bool", "text": "text", "raw": "binary", "day": "date"},
        )
        self.assertEqual(table["whole"], [1, None])
        self.assertEqual(table["real"], [0.5, 2.0])
        self.assertEqual(table["flag"], [True, None])
        self.assertEqual(table["text"], ["a", None])
        self.assertEqual(table["raw"], [b"x", b""])
        self.assertEqual(table["day"], [datetime.date(1970, 1, 2), None])

    def test_a_list_of_dicts_is_a_table(self):
        table = wpipe.table([{"a": 1, "b": "x"}, {"a": 2}])
        self.assertEqual(table.to_pydict(), {"a": [1, 2], "b": ["x", None]})

    def test_times_of_no_zone_and_of_any_are_times(self):
        east = datetime.timezone(datetime.timedelta(hours=2))
        table = wpipe.table({
            "plain": [datetime.datetime(1969, 12, 31, 23, 59, 59, 1)],
            "zoned": [datetime.datetime(1970, 1, 1, 2, tzinfo=east)],
        })
        self.assertEqual(table["plain"], [datetime.datetime(1969, 12, 31, 23, 59, 59, 1)])
        self.assertEqual(table["zoned"], [datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)])

    def test_a_table_goes_through_a_node(self):
        doubled, report = self.one("double", {"x": [1.0, 2.5]})
        self.assertEqual(doubled["x"], [2.0, 5.0])
        self.assertEqual(len(doubled), 2)
        self.assertGreater(report.received, 0)

    def test_whole_numbers_that_no_float_holds_are_refused_among_floats(self):
        with self.assertRaisesRegex(wpipe.InputError, "column `x`: 9007199254740993"):
            wpipe.table({"x": [0.5, 2**53 + 1]})

    def test_values_of_several_types_are_refused(self):
        with self.assertRaisesRegex(wpipe.InputError, "column `x`: .*int, str"):
            wpipe.table({"x": [1, "a"]})

    def test_a_column_without_values_is_refused(self):
        with self.assertRaisesRegex(wpipe.InputError, "column `x`: it has no value"):
            wpipe.table({"x": [None]})

    def test_columns_of_several_lengths_are_refused(self):
        with self.assertRaisesRegex(wpipe.InputError, "`b`"):
            wpipe.table({"a": [1], "b": [1, 2]})

    def test_what_is_no_table_is_told(self):
        with self.assertRaisesRegex(wpipe.InputError, "it is a `int`, and a table"):
            wpipe.table(1)

    def test_a_table_is_shown_in_a_notebook_and_nothing_in_it_is_obeyed(self):
        shown = wpipe.table({"<b>": ["<script>"] * 12})._repr_html_()
        self.assertIn("<th>&lt;b&gt;</th>", shown)
        self.assertEqual(shown.count("<td>&lt;script&gt;</td>"), 10)
        self.assertIn("12 rows", shown)

    @importable("numpy")
    def test_arrays_of_numpy_are_columns(self):
        import numpy

        table = wpipe.table({
            "real": numpy.arange(2.0),
            "small": numpy.array([1, 2], dtype="int8"),
            "large": numpy.array([1, 2**63], dtype="uint64"),
            "flag": numpy.array([True, False]),
            "text": numpy.array(["a", "b"], dtype=object),
        })
        self.assertEqual(
            table.schema, {"real": "f64", "small": "i32", "large": "u64", "flag": "bool", "text": "text"}
        )
        self.assertEqual(table["large"], [1, 2**63])

    @importable("numpy")
    def test_times_of_numpy_are_not_taken_for_numbers(self):
        import numpy

        with self.assertRaisesRegex(wpipe.InputError, "column `t`: dates and times of NumPy"):
            wpipe.table({"t": numpy.array(["2026-01-01"], dtype="datetime64[ns]")})


class Others(ProjectTest):
    @importable("pandas", "pyarrow")
    def test_pandas_in_and_out(self):
        import pandas

        frame = pandas.DataFrame({
            "x": [1.5, 2.5],
            "n": pandas.array([1, None], dtype="Int64"),
            "t": pandas.to_datetime(["2026-01-01T00:00:00.000000001", None]),
            "c": pandas.Categorical(["a", "b"]),
            "s": ["é", None],
        })
        table = wpipe.table(frame)
        self.assertEqual(table.schema["t"], "timestamp(ns)")
        back = table.to_pandas()
        self.assertEqual(back["t"][0].value, frame["t"].astype("datetime64[ns]")[0].value)
        self.assertEqual(back["c"].tolist(), ["a", "b"])
        self.assertEqual(back["s"][0], "é")
        self.assertTrue(pandas.isna(back["n"][1]))

    @importable("pandas", "pyarrow")
    def test_an_index_that_is_no_count_is_a_column(self):
        import pandas

        table = wpipe.table(pandas.DataFrame({"x": [1]}, index=pandas.Index(["a"], name="key")))
        self.assertEqual(table.to_pydict(), {"x": [1], "key": ["a"]})

    @importable("polars")
    def test_polars_in_and_out(self):
        import polars

        frame = polars.DataFrame({"x": [1.5, None], "s": ["a", "b"], "l": [[1, 2], []]})
        table = wpipe.table(frame)
        self.assertTrue(table.to_polars().equals(frame))

    @importable("pyarrow")
    def test_pyarrow_in_and_out(self):
        import pyarrow

        given = pyarrow.table({"x": [1.5, None], "s": ["a", "b"]})
        self.assertEqual(wpipe.table(given).to_arrow().to_pydict(), given.to_pydict())
        batch = given.to_batches()[0]
        self.assertEqual(wpipe.table(batch)["s"], ["a", "b"])

    @importable("pyarrow")
    def test_pieces_become_one_table(self):
        import pyarrow

        pieces = pyarrow.chunked_array([[1, 2], [], [3]])
        self.assertEqual(wpipe.table(pyarrow.table({"x": pieces}))["x"], [1, 2, 3])

    @importable("pyarrow")
    def test_arrow_reads_columns_in_place(self):
        import pyarrow

        table = wpipe.table({"x": [1.0, 2.0]})
        addresses = {pyarrow.table(table)["x"].chunk(0).buffers()[1].address for _ in range(2)}
        self.assertEqual(len(addresses), 1)

    @importable("pyarrow")
    def test_what_arrow_reads_outlives_the_result(self):
        import gc

        import pyarrow

        seen = pyarrow.table(wpipe.table({"x": list(range(1000))}))
        gc.collect()
        self.assertEqual(sum(seen["x"].to_pylist()), 499500)

    @importable("pyarrow")
    def test_values_that_python_has_no_exact_form_of_are_text(self):
        import decimal

        import pyarrow

        table = wpipe.table(pyarrow.table({
            "ns": pyarrow.array([1], pyarrow.timestamp("ns", "Europe/Paris")),
            "far": pyarrow.array([2**60], pyarrow.timestamp("us")),
            "money": pyarrow.array([decimal.Decimal("1.50")]),
        }))
        self.assertEqual(table["ns"], ["1970-01-01T00:00:00.000000001Z"])
        self.assertIsInstance(table["far"][0], str)
        self.assertEqual(table["money"], [decimal.Decimal("1.50")])

    @importable("pyarrow")
    def test_a_type_that_tables_have_not_is_refused_with_its_column(self):
        import pyarrow

        given = pyarrow.table({"ok": [1], "bad": pyarrow.array([{"a": 1}])})
        with self.assertRaisesRegex(wpipe.InputError, "column `bad`"):
            wpipe.table(given)

    @importable("duckdb")
    def test_duckdb_in_and_out(self):
        import duckdb

        relation = duckdb.sql("select 1.5::double as x, 'a' as s")
        shared = wpipe.table(relation)
        self.assertEqual(shared.to_pydict(), {"x": [1.5], "s": ["a"]})
        self.assertEqual(duckdb.sql("select x * 2 from shared").fetchall(), [(3.0,)])
