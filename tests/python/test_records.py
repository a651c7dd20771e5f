"""Plans, catalogs and histories."""

import wpipe
from support import ProjectTest

TEXT = """
[nodes.a]
uses = "c/double"
inputs = ["flowers"]
outputs = ["larger"]
tags = ["x"]
[nodes.b]
uses = "c/double"
inputs = ["larger"]
outputs = ["largest"]
[datasets.flowers]
type = "csv"
path = "flowers.csv"
[datasets.larger]
type = "archive"
path = "larger.archive"
[datasets.days]
type = "csv"
path = "days"
partitioned = true
suffix = ".csv"
"""


class Records(ProjectTest):
    def setUp(self):
        super().setUp()
        (self.folder / "flowers.csv").write_text("x\n1.5\n")
        (self.folder / "days").mkdir()
        (self.folder / "days" / "a.csv").write_text("x\n1\n")
        (self.folder / "days" / "b.csv").write_text("x\n2\n")
        self.pipeline = self.load(TEXT)

    def test_a_plan_is_a_table_of_nodes_in_order(self):
        plan = self.pipeline.plan()
        self.assertEqual(plan["node"], ["a", "b"])
        self.assertEqual(plan["reads"], [["flowers"], ["larger"]])
        self.assertEqual(plan["tags"], [["x"], []])
        self.assertEqual(self.pipeline.plan("b")["node"], ["b"])

    def test_datasets_are_a_table(self):
        datasets = self.pipeline.datasets()
        rows = dict(zip(datasets["dataset"], zip(datasets["role"], datasets["type"])))
        self.assertEqual(rows["flowers"], ("free input", "csv"))
        self.assertEqual(rows["largest"], ("final output", "memory"))

    def test_a_pipeline_says_what_it_is(self):
        self.assertEqual(
            (self.pipeline.name, self.pipeline.nodes, self.pipeline.inputs, self.pipeline.outputs),
            ("example", ["a", "b"], ["flowers"], ["largest"]),
        )

    def test_a_stored_table_is_loaded(self):
        self.assertEqual(self.pipeline.catalog.load("flowers")["x"], [1.5])

    def test_an_archive_is_loaded_by_the_type_of_its_nodes(self):
        self.pipeline.run()
        self.assertEqual(self.pipeline.catalog.load("larger")["x"], [3.0])

    def test_partitions_are_loaded_all_or_one(self):
        days = self.pipeline.catalog.load("days")
        self.assertEqual({name: table["x"] for name, table in days.items()}, {"a": [1], "b": [2]})
        self.assertEqual(self.pipeline.catalog.load("days", partition="b")["x"], [2])

    def test_what_is_not_there_cannot_be_loaded(self):
        with self.assertRaisesRegex(wpipe.Error, "failed to load `larger`"):
            self.pipeline.catalog.load("larger")
        with self.assertRaisesRegex(wpipe.InputError, "lives in memory alone"):
            self.pipeline.catalog.load("largest")
        with self.assertRaisesRegex(wpipe.InputError, "flower"):
            self.pipeline.catalog.load("flower")

    def test_a_catalog_lists_its_datasets(self):
        catalog = self.pipeline.catalog
        self.assertEqual(list(catalog), ["days", "flowers", "larger", "largest"])
        self.assertIn("days", catalog)
        described = catalog.describe()
        self.assertEqual(dict(zip(described["dataset"], described["state"]))["larger"], "absent")

    def test_a_history_is_a_table_of_runs_and_of_the_nodes_of_one(self):
        self.assertEqual(len(self.pipeline.history()), 0)
        run = self.pipeline.run().report.run
        history = self.pipeline.history()
        self.assertEqual((history["run"], history["state"], history["completed"]), ([run], ["completed"], [2]))
        self.assertEqual(self.pipeline.history(run)["node"], ["a", "b"])
