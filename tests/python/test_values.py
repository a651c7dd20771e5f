"""Values that are no tables: text, bytes, numbers, arrays and partitions."""

import array
import collections.abc
import gc

import wpipe
from support import ProjectTest, importable


class Plain(ProjectTest):
    def test_text_is_str(self):
        text, _ = self.one("pass_text", "héllo")
        self.assertEqual(text, "héllo")

    def test_bytes_are_a_buffer_that_equals_them(self):
        passed, _ = self.one("pass_bytes", b"\x00\x01\xff")
        self.assertEqual(passed, b"\x00\x01\xff")
        self.assertEqual(bytes(passed), b"\x00\x01\xff")
        self.assertEqual(passed.memoryview().tolist(), [0, 1, 255])

    def test_no_bytes_are_a_buffer_as_well(self):
        passed, _ = self.one("pass_bytes", b"")
        self.assertEqual(passed.memoryview().nbytes, 0)

    def test_any_object_with_memory_gives_its_bytes(self):
        passed, _ = self.one("pass_bytes", array.array("i", [1]))
        self.assertEqual(bytes(passed), array.array("i", [1]).tobytes())

    def test_a_number_is_a_number(self):
        total, _ = self.one("sum", [0.5, 1.5])
        self.assertEqual(total, 2.0)
        self.assertIs(type(total), float)

    def test_a_result_is_a_mapping(self):
        pipeline = self.load('[nodes.n]\nuses = "c/nothing"\noutputs = ["number"]\n')
        result = pipeline.run(journal=False)
        self.assertIsInstance(result, collections.abc.Mapping)
        self.assertEqual(list(result), ["number"])
        self.assertEqual(dict(result.items()), {"number": result["number"]})
        self.assertIsNone(result.get("other"))

    def test_an_output_that_is_not_there_names_those_that_are(self):
        pipeline = self.load('[nodes.n]\nuses = "c/nothing"\noutputs = ["number"]\n')
        with self.assertRaisesRegex(KeyError, "there is `number`"):
            pipeline.run(journal=False)["nombre"]


class Arrays(ProjectTest):
    DOUBLED = '[nodes.n]\nuses = "c/doubled"\ninputs = ["numbers"]\noutputs = ["doubled"]\n'

    def doubled(self, numbers):
        return self.load(self.DOUBLED).run({"numbers": numbers}, journal=False)

    def test_a_list_of_numbers_is_an_array(self):
        doubled = self.doubled([1, 2.5])["doubled"]
        self.assertEqual(doubled.tolist(), [2.0, 5.0])
        self.assertEqual((doubled.dtype, len(doubled), doubled[-1]), ("float64", 2, 5.0))
        self.assertEqual(list(doubled), [2.0, 5.0])

    def test_an_empty_array_stays_one(self):
        self.assertEqual(self.doubled([])["doubled"].tolist(), [])

    def test_an_array_of_the_standard_library_is_copied_once(self):
        result = self.doubled(array.array("d", [1.0, 2.0]))
        self.assertEqual(result["doubled"].memoryview().tolist(), [2.0, 4.0])
        self.assertEqual(result.report.received, 24)  # two numbers, and the archive's root

    def test_what_a_run_returns_goes_into_another_without_a_copy(self):
        first = self.doubled([1.0])
        second = self.doubled(first["doubled"])
        self.assertEqual(second["doubled"].tolist(), [4.0])
        self.assertEqual(second.report.received, 0)

    def test_a_view_outlives_its_result(self):
        view = self.doubled([1.0] * 1000)["doubled"].memoryview()
        gc.collect()
        self.assertEqual(sum(view), 2000.0)
        self.assertTrue(view.readonly)

    def test_other_numbers_are_refused_and_the_way_to_convert_them_is_told(self):
        with self.assertRaisesRegex(wpipe.InputError, r'input `numbers`.*`float64` is expected.*astype\("float64"\)'):
            self.doubled(array.array("q", [1]))

    @importable("numpy")
    def test_numpy_reads_in_place(self):
        import numpy

        doubled = self.doubled(numpy.arange(4.0))["doubled"]
        seen = numpy.asarray(doubled)
        self.assertEqual(seen.tolist(), [0.0, 2.0, 4.0, 6.0])
        self.assertEqual(seen.__array_interface__["data"][0], doubled.__array_interface__["data"][0])
        self.assertFalse(seen.flags.writeable)

    @importable("numpy")
    def test_numbers_with_gaps_between_them_are_taken(self):
        import numpy

        self.assertEqual(self.doubled(numpy.arange(6.0)[::2])["doubled"].tolist(), [0.0, 4.0, 8.0])

    @importable("numpy")
    def test_a_matrix_is_refused(self):
        import numpy

        with self.assertRaisesRegex(wpipe.InputError, "2 dimensions"):
            self.doubled(numpy.zeros((2, 2)))

    @importable("pandas", "pyarrow")
    def test_columns_of_other_libraries_are_arrays(self):
        import pandas
        import pyarrow

        self.assertEqual(self.doubled(pandas.Series([1.0, 2.0]))["doubled"].tolist(), [2.0, 4.0])
        self.assertEqual(self.doubled(pyarrow.array([1.0, 2.0]))["doubled"].tolist(), [2.0, 4.0])

    @importable("pyarrow")
    def test_an_array_is_one_of_arrow_in_place(self):
        import pyarrow

        doubled = self.doubled([1.0, 2.0])["doubled"]
        seen = pyarrow.array(doubled)
        self.assertEqual(seen.to_pylist(), [2.0, 4.0])
        self.assertEqual(seen.buffers()[1].address, doubled.__array_interface__["data"][0])


class Partitions(ProjectTest):
    UPPER = '[nodes.upper]\ninputs = ["notes"]\noutputs = ["loud"]\n[multinodes.upper]\nover = ["notes"]\n'

    def test_partitions_are_mappings(self):
        result = self.load(self.UPPER).run({"notes": {"b/2": "two", "a": "one"}}, journal=False)
        self.assertEqual(result["loud"], {"a": "ONE", "b/2": "TWO"})

    def test_what_is_no_mapping_is_refused(self):
        with self.assertRaisesRegex(wpipe.InputError, "`notes`.*partitioned: give a mapping"):
            self.load(self.UPPER).run({"notes": "one"}, journal=False)

    def test_a_wrong_partition_is_named(self):
        with self.assertRaisesRegex(wpipe.InputError, r"`notes\[a\]`.*`int`, and a `str` is expected"):
            self.load(self.UPPER).run({"notes": {"a": 1}}, journal=False)

    def test_an_empty_mapping_is_a_set_without_partitions(self):
        pipeline = self.load(self.UPPER + 'on_empty = "skip"\n')
        self.assertEqual(pipeline.run({"notes": {}}, journal=False)["loud"], {})


class Types(ProjectTest):
    def test_a_type_of_the_nodes_passes_from_run_to_run(self):
        made = self.load(
            '[params]\nseed = 7\n[nodes.m]\nuses = "c/make_model"\ninputs = ["params:seed"]\noutputs = ["model"]\n'
        ).run(journal=False)["model"]
        self.assertIsInstance(made, wpipe.Buffer)
        used, report = self.one("use_model", made)
        self.assertIsInstance(used, str)
        self.assertEqual(report.received, 0)

    def test_a_type_of_the_nodes_cannot_be_made_by_python(self):
        with self.assertRaisesRegex(wpipe.InputError, "which Python cannot make"):
            self.one("use_model", {"a": 1})
