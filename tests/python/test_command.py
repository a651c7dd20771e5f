"""The command that comes with the package."""

import subprocess
import sys

import wpipe
from support import ProjectTest

MAIN = [sys.executable, "-c", "from wpipe._command import main; main()"]


class Command(ProjectTest):
    def test_it_is_the_same_version(self):
        said = subprocess.run([*MAIN, "--version"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(said, f"wpipe {wpipe.__version__}\n")

    def test_it_runs_a_pipeline(self):
        path = self.write('[nodes.a]\nuses = "c/nothing"\noutputs = ["n"]\n')
        ran = subprocess.run([*MAIN, "run", str(path)], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("Completed node: a", ran.stderr)

    def test_wrong_input_has_its_exit_code(self):
        ran = subprocess.run([*MAIN, "run", str(self.folder / "nothing.toml")], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 2, ran.stderr)

    def test_an_exception_says_what_the_command_says(self):
        path = self.write('[nodes.a]\nuses = "c/text_fails"\ninputs = ["t"]\noutputs = ["n"]\n'
                          '[datasets.t]\ntype = "text"\npath = "t.txt"\n')
        (self.folder / "t.txt").write_text("sour")
        ran = subprocess.run([*MAIN, "run", str(path)], capture_output=True, text=True)
        with self.assertRaises(wpipe.RunError) as raised:
            wpipe.load(path).run()
        first = str(raised.exception).splitlines()[0]
        self.assertIn(f"error: {first}\n", ran.stderr)
