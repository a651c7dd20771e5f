"""Runs data pipelines whose nodes are sandboxed WebAssembly components.

    import wpipe

    pipeline = wpipe.load("pipeline.toml")
    result = pipeline.run({"sales": df})  # a DataFrame of pandas or Polars, anything that speaks Arrow
    result["report"].to_pandas()
"""

import os
from collections.abc import Mapping

from . import _wpipe
from ._errors import Error, InputError, Problem, RunError
from ._events import Events
from ._wpipe import Array, Buffer, Catalog, Report, Result, Table, __version__, table

__all__ = [
    "Array",
    "Buffer",
    "Catalog",
    "Error",
    "InputError",
    "Pipeline",
    "Problem",
    "Report",
    "Result",
    "RunError",
    "Table",
    "__version__",
    "load",
    "table",
]

Mapping.register(Result)


class Pipeline(_wpipe.Pipeline):
    """A manifest and its graph. It is read once; each run reads it again."""

    def run(self, inputs=None, *, on_event=None, progress=None, **options):
        """Runs the pipeline, or a part of it, and returns its final outputs.

        `inputs` are values by the names of free inputs, instead of what is stored. `select` takes what `--nodes` of the
        command takes, or a dict of its flags (`{"from_nodes": …, "tags": …}`). `resume` is True for what the last run has
        left, or the name of a run. `on_event` is called on this thread with each event, a dict. Ctrl-C starts no more
        nodes, lets saves finish, and raises KeyboardInterrupt; a second one gives the saves up.
        """
        with Events(on_event, progress) as events:
            return self._run(inputs, on_line=events.hear, **options)


def load(path="pipeline.toml", *, env=None, params=None, store=None):
    """Reads the manifest at `path`, or in that folder, and reports every problem in it.

    `env` lays `pipeline.ENV.toml` over it; `params` sets parameters, by dotted paths or in dicts within each other; `store`
    is the directory of the shared store.
    """
    return Pipeline(os.fspath(path), env=env, params=params, store=store)
