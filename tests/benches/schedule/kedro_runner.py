"""Times Kedro's runners on nodes that do nothing: the baseline of `cargo bench --bench schedule`.

Usage: python kedro_runner.py {sequential|parallel} {chain|wide} NODES
Needs `pip install kedro==1.7.0`. Prints the seconds of `runner.run`, without start-up.
"""

import logging
import sys
import time

from kedro.io import DataCatalog, SharedMemoryDataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import ParallelRunner, SequentialRunner


def make():
    return 1


def same(value):
    return value


def main():
    runner_name, shape, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    if shape == "chain":
        nodes = [node(make, None, "d0", name="n0")]
        nodes += [node(same, f"d{i}", f"d{i + 1}", name=f"n{i + 1}") for i in range(count - 1)]
        last = {f"d{count - 1}"}
    else:
        nodes = [node(make, None, f"d{i}", name=f"n{i}") for i in range(count)]
        last = {f"d{i}" for i in range(count)}
    if runner_name == "parallel":
        catalog, runner = SharedMemoryDataCatalog(), ParallelRunner(max_workers=2)
    else:
        catalog, runner = DataCatalog(), SequentialRunner()
    started = time.perf_counter()
    outputs = runner.run(Pipeline(nodes), catalog)
    seconds = time.perf_counter() - started
    assert set(outputs) == last, "not every output is there"
    print(seconds)


if __name__ == "__main__":
    main()
