"""A wpipe pipeline as a node of a Kedro pipeline."""

import pickle

from support import ProjectTest, importable

TEXT = '[nodes.a]\nuses = "c/double"\ninputs = ["flowers"]\noutputs = ["larger"]\n'


class Kedro(ProjectTest):
    @importable("kedro", "pandas", "pyarrow")
    def test_a_pipeline_is_a_node(self):
        import pandas
        from kedro.io import DataCatalog, MemoryDataset
        from kedro.pipeline import Pipeline
        from kedro.runner import SequentialRunner

        import wpipe.kedro

        path = self.write(TEXT)
        pipeline = Pipeline([wpipe.kedro.node(path, inputs={"flowers": "raw"}, outputs={"larger": "model_input"})])
        catalog = DataCatalog({"raw": MemoryDataset(pandas.DataFrame({"x": [1.5, 2.0]}))})
        outputs = SequentialRunner().run(pipeline, catalog)
        output = outputs["model_input"]
        frame = output.load() if hasattr(output, "load") else output
        self.assertEqual(frame["x"].tolist(), [3.0, 4.0])

    @importable("kedro")
    def test_by_default_it_has_what_is_stored_nowhere(self):
        import wpipe.kedro

        node = wpipe.kedro.node(self.write(TEXT))
        self.assertEqual((node.inputs, node.outputs, node.name), (["flowers"], ["larger"], "example"))

    @importable("kedro", "pandas", "pyarrow")
    def test_its_function_passes_between_processes(self):
        import wpipe.kedro

        function = pickle.loads(pickle.dumps(wpipe.kedro.node(self.write(TEXT)).func))
        self.assertEqual(function(flowers={"x": [1.0]})["larger"]["x"].tolist(), [2.0])
