"""Submits a task graph to a Dask cluster, and waits for its end."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence

from distributed import Client, Event, as_completed

from .graph import Task, TaskGraph, task_graph

# How often a running task looks if its run is cancelled, in seconds.
POLL = 0.5
# The most of a failed task's messages that its error holds, in characters.
MOST_TOLD = 4000


class TaskFailed(Exception):
    """A task ended with an exit code other than 0."""

    def __init__(self, task: str, code: int, told: str):
        super().__init__(task, code, told)
        self.task, self.code, self.told = task, code, told

    def __str__(self) -> str:
        return f"task `{self.task}` exited with {self.code}: {self.told}"


class RunFailed(Exception):
    """Some tasks of a run failed; others that need them did not run."""

    def __init__(self, name: str, failed: dict[str, BaseException], done: int, total: int):
        super().__init__(name, failed, done, total)
        self.name, self.failed, self.done, self.total = name, failed, done, total

    def __str__(self) -> str:
        first = next(iter(self.failed.values()))
        return (
            f"{len(self.failed)} of {self.total} tasks of run `{self.name}` failed, and {self.done} are done: {first}\n"
            f"to go on: repeat it with the name `{self.name}`"
        )


def run(
    client: Client,
    manifest: str,
    *,
    name: str | None = None,
    run_store: str | None = None,
    flags: Sequence[str] = (),
    retries: int = 2,
    memory: str | None = None,
    program: str = "wpipe",
    environment: dict[str, str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> str:
    """Runs a pipeline on a cluster, and returns the name of the run.

    `flags` are those of `wpipe tasks`: a selection, `--group-by`, `--slices`, `--env`, `--params`. `retries` is how often a
    task is tried again beyond what its nodes say. `memory` is the Dask resource that limits on memory are taken from.
    `environment` is laid over that of the workers. `progress` is told each task that is done, and how many are, of how
    many. A run of the same `name` goes on where it has ended.
    """
    graph = task_graph(manifest, flags, program)
    name = name or f"{graph.pipeline}-{uuid.uuid4().hex[:12]}"
    variables = {"WPIPE_RUN": name, **(environment or {})}
    if run_store is not None:
        variables["WPIPE_RUN_STORE"] = run_store
    cancel = f"wpipe-cancel-{name}-{uuid.uuid4().hex[:8]}"
    futures = submitted(client, graph, variables, cancel, program, retries, memory)
    names = {future.key: task for task, future in futures.items()}
    done, failed = 0, {}
    try:
        for future in as_completed(list(futures.values())):
            error = future.exception()
            if error is None:
                done += 1
                if progress is not None:
                    progress(names[future.key], done, len(futures))
            elif not isinstance(error, TaskFailed) or error.task == names[future.key]:
                failed[names[future.key]] = error
    except BaseException:
        Event(cancel, client=client).set()
        client.cancel(list(futures.values()))
        raise
    if failed:
        raise RunFailed(name, failed, done, len(futures))
    return name


def submitted(
    client: Client,
    graph: TaskGraph,
    variables: dict[str, str],
    cancel: str,
    program: str,
    retries: int,
    memory: str | None,
) -> dict:
    """Submits every task behind those that it needs."""
    futures: dict = {}
    for task in graph.tasks:
        resources: dict[str, float] = dict(task.resources)
        if memory is not None and task.memory is not None:
            resources[memory] = task.memory
        futures[task.id] = client.submit(
            do,
            task,
            variables,
            cancel,
            program,
            [futures[need] for need in task.needs],
            key=f"wpipe-{variables['WPIPE_RUN']}-{task.id}-{cancel[-8:]}",
            retries=task.retries + retries,
            resources=resources or None,
            pure=False,
        )
    return futures


def do(task: Task, variables: dict[str, str], cancel: str, program: str, needs: list) -> None:
    """Does a task, on a worker. `needs` are the results of the tasks before it, which hold nothing."""
    with tempfile.TemporaryFile("w+", errors="replace") as told:
        process = subprocess.Popen(
            [program, *task.command[1:]],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        ended_at = time.monotonic() + POLL
        while True:
            try:
                code = process.wait(timeout=max(0.0, ended_at - time.monotonic()))
                break
            except subprocess.TimeoutExpired:
                ended_at = time.monotonic() + POLL
                if Event(cancel).is_set():
                    process.send_signal(signal.SIGTERM)
        if code != 0:
            told.seek(0)
            raise TaskFailed(task.id, code, told.read()[-MOST_TOLD:].strip())
