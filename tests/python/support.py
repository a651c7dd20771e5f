"""Projects for tests."""

import importlib
import os
import tempfile
import unittest
from pathlib import Path

import wpipe

GUEST = os.environ["WPIPE_TEST_GUEST"]


def importable(*names):
    """Skips a test where one of these libraries is missing."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            return unittest.skip(f"{name} is not there")
    return lambda test: test


class ProjectTest(unittest.TestCase):
    """A test in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, text, name="pipeline.toml"):
        """Writes a manifest of these nodes, whose functions are those of the guest."""
        head = f'[pipeline]\nname = "example"\n[components.c]\npath = "{GUEST}"\n'
        (self.folder / name).write_text(head + text)
        return self.folder / name

    def load(self, text, **options):
        return wpipe.load(self.write(text), **options)

    def one(self, function, value, journal=False, **options):
        """Runs a function on one value, and returns its result and the report."""
        pipeline = self.load(f'[nodes.n]\nuses = "c/{function}"\ninputs = ["value"]\noutputs = ["result"]\n')
        result = pipeline.run({"value": value}, journal=journal, **options)
        return result["result"], result.report
