"""What notebooks show."""

import sys
import types
import unittest.mock

from support import ProjectTest, importable

TEXT = '[nodes.a]\nuses = "c/pass_text"\ninputs = ["t"]\noutputs = ["u"]\n'


class Notebook(ProjectTest):
    def test_a_pipeline_is_its_graph(self):
        pipeline = self.load(TEXT)
        self.assertTrue(pipeline._repr_html_().startswith("<svg"))
        self.assertEqual(pipeline.graph(), pipeline._repr_html_())
        self.assertIn("flowchart", pipeline.graph("mermaid"))

    def test_a_run_is_shown_in_the_graph(self):
        pipeline = self.load(TEXT)
        pipeline.run({"t": "x"})
        self.assertNotEqual(pipeline.graph(run=True), pipeline.graph())

    def test_a_bar_tells_how_far_a_run_is(self):
        shown = []
        handle = types.SimpleNamespace(update=shown.append)
        display = types.SimpleNamespace(HTML=str, display=lambda page, display_id: shown.append(page) or handle)
        modules = {"IPython": types.ModuleType("IPython"), "IPython.display": display}
        with unittest.mock.patch.dict(sys.modules, modules):
            self.load(TEXT).run({"t": "x"}, journal=False, progress=True)
        self.assertIn("begins", shown[0])
        self.assertIn("1 of 1 nodes · completed", shown[-1])

    def test_nothing_is_shown_elsewhere(self):
        from wpipe import _notebook

        self.assertFalse(_notebook.is_there())


class Executed(ProjectTest):
    @importable("nbclient", "nbformat", "ipykernel")
    def test_a_notebook_shows_the_graph_the_bar_and_the_result(self):
        import nbclient
        import nbformat

        path = self.write('[nodes.a]\nuses = "c/double"\ninputs = ["t"]\noutputs = ["u"]\n')
        cells = [
            f"import wpipe\npipeline = wpipe.load({str(path)!r})\npipeline",
            'result = pipeline.run({"t": {"x": [1.5]}})',
            'result["u"]',
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()

        def shown(cell):
            return "".join(output.get("data", {}).get("text/html", "") for output in notebook.cells[cell].outputs)

        self.assertIn("<svg", shown(0))
        self.assertIn("1 of 1 nodes · completed", shown(1))
        self.assertIn("<td>3.0</td>", shown(2))
