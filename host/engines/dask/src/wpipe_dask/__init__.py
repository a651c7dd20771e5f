"""Runs pipelines of wpipe on a Dask cluster, each task in a process of its own."""

from .graph import Task, TaskGraph, task_graph
from .run import RunFailed, TaskFailed, run

__all__ = ["RunFailed", "Task", "TaskFailed", "TaskGraph", "run", "task_graph"]
