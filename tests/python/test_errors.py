"""Errors: what went wrong, where, and what to do."""

import pickle

import wpipe
from support import ProjectTest


class Errors(ProjectTest):
    def test_a_manifest_has_all_its_problems_with_places_and_help(self):
        text = '[nodes.a]\nuses = "d/double"\noutputs = ["x"]\n[nodes.b]\nuse = "c/double"\noutputs = ["y"]\n'
        with self.assertRaises(wpipe.InputError) as raised:
            self.load(text)
        error = raised.exception
        self.assertGreaterEqual(len(error.problems), 2)
        self.assertRegex(error.place, r"pipeline\.toml:6:8$")
        self.assertIn("pipeline.toml:6:8", str(error))
        self.assertIsInstance(error, ValueError)

    def test_a_missing_manifest_is_wrong_input(self):
        with self.assertRaisesRegex(wpipe.InputError, "failed to read `.*nothing.toml`"):
            wpipe.load(self.folder / "nothing.toml")

    def test_an_unknown_function_is_told_with_what_was_meant(self):
        pipeline = self.load('[nodes.n]\nuses = "c/duble"\ninputs = ["x"]\noutputs = ["y"]\n')
        with self.assertRaises(wpipe.InputError) as raised:
            pipeline.check(["x"])
        self.assertIn("did you mean `double`?", raised.exception.help)
        self.assertEqual(raised.exception.problems[0].kind, "wpipe::types::unknown_function")

    def test_a_failed_node_is_named(self):
        with self.assertRaises(wpipe.RunError) as raised:
            self.one("text_fails", "sour")
        error = raised.exception
        self.assertEqual(error.place, "node `n`")
        self.assertIn("does not like a text of 4 bytes", error.problem)
        self.assertIn("completed 0 out of 1 nodes", str(error))
        self.assertEqual(error.report.completed, [])
        self.assertIsInstance(error, RuntimeError)

    def test_what_continues_a_failed_run_is_noted(self):
        text = (
            '[nodes.a]\nuses = "c/pass_text"\ninputs = ["t"]\noutputs = ["u"]\n'
            '[nodes.b]\nuses = "c/text_fails"\ninputs = ["u"]\noutputs = ["v"]\n'
            '[datasets.u]\ntype = "text"\npath = "u.txt"\n'
        )
        with self.assertRaises(wpipe.RunError) as raised:
            self.load(text).run({"t": "x"})
        self.assertEqual(raised.exception.__notes__, ["to continue: `pipeline.run(resume=True)`"])

    def test_an_input_that_the_pipeline_does_not_have_is_wrong(self):
        pipeline = self.load('[nodes.n]\nuses = "c/pass_text"\ninputs = ["t"]\noutputs = ["u"]\n')
        with self.assertRaisesRegex(wpipe.InputError, "`u` is no free input of pipeline `example`"):
            pipeline.run({"t": "a", "u": "b"}, journal=False)

    def test_a_value_of_another_type_is_told(self):
        with self.assertRaisesRegex(wpipe.InputError, "input `value`: it is a `int`, and a `str` is expected"):
            self.one("pass_text", 1)

    def test_a_missing_input_is_told_before_anything_runs(self):
        pipeline = self.load('[nodes.n]\nuses = "c/pass_text"\ninputs = ["t"]\noutputs = ["u"]\n')
        with self.assertRaisesRegex(wpipe.InputError, "`t`"):
            pipeline.run(journal=False)

    def test_a_parameter_that_toml_cannot_hold_is_refused(self):
        text = '[params]\na = 1\n[nodes.n]\nuses = "c/range"\ninputs = ["params:a"]\noutputs = ["u"]\n'
        with self.assertRaisesRegex(wpipe.InputError, "the parameter `a` is a `NoneType`"):
            self.load(text, params={"a": None})

    def test_an_unknown_option_of_a_selection_is_refused(self):
        pipeline = self.load('[nodes.n]\nuses = "c/nothing"\noutputs = ["u"]\n')
        with self.assertRaisesRegex(wpipe.InputError, "cannot be selected by `tag`"):
            pipeline.run(select={"tag": "x"})

    def test_an_error_passes_between_processes(self):
        with self.assertRaises(wpipe.InputError) as raised:
            wpipe.load(self.folder / "nothing.toml")
        copy = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual((str(copy), copy.problem), (str(raised.exception), raised.exception.problem))
