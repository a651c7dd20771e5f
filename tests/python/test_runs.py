"""Runs: a part of a pipeline, what an earlier run has left, events, logs, parameters."""

import logging

import wpipe
from support import ProjectTest

CHAIN = """
[nodes.a]
uses = "c/pass_text"
inputs = ["t"]
outputs = ["u"]
[nodes.b]
uses = "c/upper"
inputs = ["u"]
outputs = ["v"]
tags = ["late"]
[datasets.u]
type = "text"
path = "u.txt"
"""


class Runs(ProjectTest):
    def test_a_part_runs(self):
        pipeline = self.load(CHAIN)
        self.assertEqual(pipeline.run({"t": "x"}, select="a").report.completed, ["a"])
        self.assertEqual(pipeline.run(select={"tags": "late"})["v"], "X")
        self.assertEqual(pipeline.run({"u": "y"}, select=["b"])["v"], "Y")

    def test_a_run_resumes(self):
        (self.folder / "v").mkdir()  # where a file cannot be saved
        pipeline = self.load(CHAIN + '[datasets.v]\ntype = "text"\npath = "v"\n')
        with self.assertRaises(wpipe.Error):
            pipeline.run({"t": "x"})
        (self.folder / "v").rmdir()
        self.assertEqual(pipeline.history()["state"], ["failed"])
        self.assertEqual(pipeline.run(resume=True)["v"], "X")

    def test_resume_does_not_select(self):
        with self.assertRaisesRegex(wpipe.InputError, "cannot select"):
            self.load(CHAIN).run(resume=True, select="a")

    def test_nothing_to_run_is_no_error(self):
        pipeline = self.load(CHAIN + '[datasets.t]\ntype = "text"\npath = "t.txt"\n')
        (self.folder / "t.txt").write_text("x")
        pipeline.run(select="a", incremental=True)
        again = pipeline.run(select="a", incremental=True)
        self.assertIsNone(again.report)
        self.assertEqual(dict(again), {})

    def test_outputs_need_not_be_kept(self):
        pipeline = self.load(CHAIN + '[datasets.v]\ntype = "text"\npath = "v.txt"\n')
        self.assertEqual(list(pipeline.run({"t": "x"}, keep_outputs=False)), [])
        self.assertEqual((self.folder / "v.txt").read_text(), "X")

    def test_events_are_heard_on_the_callers_thread(self):
        import threading

        heard = []
        self.load(CHAIN).run({"t": "x"}, on_event=lambda event: heard.append((event["event"], threading.get_ident())))
        names = [name for name, _ in heard]
        self.assertEqual((names[0], names[-1]), ("run_started", "run_completed"))
        self.assertEqual({thread for _, thread in heard}, {threading.get_ident()})

    def test_what_an_observer_raises_ends_the_run_and_goes_on(self):
        class Enough(Exception):
            pass

        def stop(event):
            if event["event"] == "node_completed":
                raise Enough

        with self.assertRaises(Enough):
            self.load(CHAIN).run({"t": "x"}, on_event=stop)

    def test_what_nodes_log_goes_to_the_logger(self):
        pipeline = self.load('[nodes.n]\nuses = "c/talks"\noutputs = ["u"]\n')
        with self.assertLogs("wpipe", logging.DEBUG) as logged:
            pipeline.run(journal=False)
        self.assertTrue(any(line.startswith("WARNING:wpipe:[n] ") for line in logged.output), logged.output)

    def test_parameters_are_set_one_within_the_other(self):
        text = '[params.r]\nn = 2\n[nodes.n]\nuses = "c/range"\ninputs = ["params:r.n"]\noutputs = ["u"]\n'
        self.assertEqual(len(self.load(text).run(journal=False)["u"]), 2)
        self.assertEqual(len(self.load(text, params={"r": {"n": 3}}).run(journal=False)["u"]), 3)
        self.assertEqual(len(self.load(text, params={"r.n": 4}).run(journal=False)["u"]), 4)

    def test_an_environment_is_laid_over(self):
        (self.folder / "pipeline.prod.toml").write_text('[params.r]\nn = 5\n')
        text = '[params.r]\nn = 2\n[nodes.n]\nuses = "c/range"\ninputs = ["params:r.n"]\noutputs = ["u"]\n'
        self.assertEqual(len(self.load(text, env="prod").run(journal=False)["u"]), 5)

    def test_a_folder_stands_for_its_manifest(self):
        self.write(CHAIN)
        self.assertEqual(wpipe.load(self.folder).nodes, ["a", "b"])

    def test_other_threads_go_on_meanwhile(self):
        import threading

        counted = []
        done = threading.Event()

        def count():
            while not done.is_set():
                counted.append(None)
                done.wait(0.001)

        text = '[params]\nn = 30000000\n[nodes.n]\nuses = "c/works"\ninputs = ["params:n"]\noutputs = ["u"]\n'
        counter = threading.Thread(target=count)
        pipeline = self.load(text)
        begun = []

        def begin(event):
            if event["event"] == "node_started":
                counter.start()
            if event["event"] == "node_completed":
                begun.append(len(counted))

        pipeline.run(journal=False, on_event=begin)
        done.set()
        counter.join()
        self.assertGreater(begun[0], 0)
