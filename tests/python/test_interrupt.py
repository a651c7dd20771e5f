"""Ctrl-C during a run."""

import os
import signal
import subprocess
import sys
import threading

from support import ProjectTest

SLOW = """
[params]
rounds = 40000000000
[nodes.a]
uses = "c/pass_text"
inputs = ["t"]
outputs = ["u"]
[nodes.b]
uses = "c/spin"
inputs = ["u", "params:rounds"]
outputs = ["v"]
[nodes.c]
uses = "c/pass_text"
inputs = ["v"]
outputs = ["w"]
[datasets.u]
type = "text"
path = "u.txt"
"""

SCRIPT = """
import sys, wpipe
def tell(event):
    if event["event"] == "node_started" and event["node"] == "b":
        print("spins", flush=True)
try:
    wpipe.load(sys.argv[1]).run({"t": "x"}, on_event=tell)
except KeyboardInterrupt as error:
    print("interrupted", error.report.completed, error.__notes__, flush=True)
"""


class Interrupt(ProjectTest):
    def test_the_first_one_ends_the_run_and_saves_what_is_finished(self):
        path = self.write(SLOW)
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
            # What runs in the background of a shell begins with interrupts ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        watch = threading.Timer(120, process.kill)
        watch.start()
        self.addCleanup(watch.cancel)
        self.assertEqual(process.stdout.readline(), "spins\n")
        process.send_signal(signal.SIGINT)
        said, told = process.communicate()
        self.assertEqual(said, "interrupted ['a'] ['completed 1 out of 3 nodes']\n", told)
        self.assertIn("no more nodes start", told)
        self.assertEqual((self.folder / "u.txt").read_text(), "x")
