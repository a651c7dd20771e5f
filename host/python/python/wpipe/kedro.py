"""A wpipe pipeline as a node of a Kedro pipeline.

    from kedro.pipeline import Pipeline
    import wpipe.kedro

    def create_pipeline(**kwargs):
        return Pipeline([
            node(clean, "raw", "companies"),
            wpipe.kedro.node("wpipe/pipeline.toml", inputs=["companies"], outputs=["report"]),
        ])
"""

import os
from collections.abc import Mapping

from . import Table, load

_FORMS = ("pandas", "polars", "arrow", None)


def node(pipeline, *, inputs=None, outputs=None, name=None, tags=None, namespace=None, tables="pandas", load_options=None, **options):
    """Returns a node of Kedro's that runs a wpipe pipeline.

    `pipeline` is the manifest's path. `inputs` and `outputs` are names of its datasets: a list, or a dict from each to
    Kedro's name of it. By default they are the free inputs and the final outputs that the manifest stores nowhere. Tables
    become what `tables` says: DataFrames of `"pandas"` or `"polars"`, tables of `"arrow"`, or `None` for `wpipe.Table`.
    `load_options` go to `wpipe.load`, and other `options` to `Pipeline.run`.
    """
    from kedro.pipeline import node as kedro_node

    if tables not in _FORMS:
        raise ValueError(f"tables cannot be given as {tables!r}: there is pandas, polars, arrow and None")
    run = _Run(os.fspath(pipeline), tables, dict(load_options or {}), options)
    loaded = run.load()
    in_memory = {entry for entry, kind in zip(*_columns(loaded.datasets(), "dataset", "type")) if kind == "memory"}
    inputs = _names(inputs, [name for name in loaded.inputs if name in in_memory])
    outputs = _names(outputs, [name for name in loaded.outputs if name in in_memory])
    run.outputs = list(outputs)
    return kedro_node(
        run, inputs=inputs or None, outputs=outputs or None, name=name or loaded.name, tags=tags, namespace=namespace
    )


def _columns(table, *names):
    return [table[name] for name in names]


def _names(given, default):
    names = default if given is None else given
    if isinstance(names, str):
        names = [names]
    return dict(names) if isinstance(names, Mapping) else {name: name for name in names}


class _Run:
    """The function of the node. It can be pickled, for the ParallelRunner."""

    def __init__(self, path, tables, load_options, options):
        self.__name__ = "run_wpipe"
        self.__doc__ = f"Runs the wpipe pipeline of {path}."
        self._path, self._tables, self._load_options, self._options = path, tables, load_options, options
        self.outputs = []

    def load(self):
        return load(self._path, **self._load_options)

    def __call__(self, **inputs):
        result = self.load().run(inputs, **self._options)
        missing = [name for name in self.outputs if name not in result]
        catalog = self.load().catalog if missing else None
        return {name: self._form(catalog.load(name) if name in missing else result[name]) for name in self.outputs}

    def _form(self, value):
        if isinstance(value, dict):
            return {name: self._form(part) for name, part in value.items()}
        if isinstance(value, Table) and self._tables is not None:
            return getattr(value, f"to_{self._tables}")()
        return value
