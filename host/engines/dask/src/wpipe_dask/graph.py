"""The task graph, as `wpipe tasks` prints it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

FORMAT = 1


@dataclass(frozen=True)
class Task:
    """What one process does."""

    id: str
    needs: tuple[str, ...]
    command: tuple[str, ...]
    resources: dict[str, int]
    memory: int | None
    retries: int


@dataclass(frozen=True)
class TaskGraph:
    """The tasks of a pipeline; each stands behind those that it needs."""

    pipeline: str
    tasks: tuple[Task, ...]


def task_graph(manifest: str, flags: Sequence[str] = (), program: str = "wpipe") -> TaskGraph:
    """Returns the tasks of a manifest; `flags` are those of `wpipe tasks`."""
    printed = subprocess.run([program, "tasks", str(manifest), *flags], capture_output=True, text=True)
    if printed.returncode != 0:
        raise ValueError(printed.stderr.strip())
    return parsed(json.loads(printed.stdout))


def parsed(graph: dict) -> TaskGraph:
    """Reads a task graph."""
    if graph["format"] != FORMAT:
        raise ValueError(f"the task graph has format {graph['format']}, and this version of wpipe-dask reads {FORMAT}")
    tasks = tuple(
        Task(
            id=task["id"],
            needs=tuple(task["needs"]),
            command=tuple(task["command"]),
            resources=dict(task["resources"]),
            memory=task["memory"],
            retries=task["retries"],
        )
        for task in graph["tasks"]
    )
    return TaskGraph(pipeline=graph["pipeline"], tasks=tasks)
