"""Put an array in one process, get and read it in another: `peers.py ray|vineyard BYTES ROUNDS`. Prints JSON."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


def timed(work):
    started = time.perf_counter()
    value = work()
    return time.perf_counter() - started, value


def array(size):
    import numpy

    return numpy.arange(size // 8, dtype="float64")


def read(values):
    return float(values.sum())


def by_ray(size, rounds):
    import ray

    ray.init(num_cpus=2, object_store_memory=max(4 * size, 512 << 20), include_dashboard=False, log_to_driver=False)

    @ray.remote
    class Reader:
        def read(self, boxed):
            get, values = timed(lambda: ray.get(boxed[0]))
            return get, timed(lambda: read(values))[0]

    reader = Reader.remote()
    warm = ray.put(array(8))
    ray.get(reader.read.remote([warm]))
    times = []
    for _ in range(rounds):
        values = array(size)
        put, boxed = timed(lambda: ray.put(values))
        times.append((put, *ray.get(reader.read.remote([boxed]))))
        del boxed
    ray.shutdown()
    return times


READER = """
import json, sys, time, vineyard
client = vineyard.connect(sys.argv[1])
started = time.perf_counter()
values = client.get(vineyard.ObjectID(sys.argv[2]))
got = time.perf_counter()
float(values.sum())
print(json.dumps([got - started, time.perf_counter() - got]))
"""


def by_vineyard(size, rounds):
    import vineyard

    folder = tempfile.mkdtemp()
    socket = os.path.join(folder, "vineyard.sock")
    bytes_of_store = str(max(4 * size, 512 << 20))
    server = subprocess.Popen(
        [sys.executable, "-m", "vineyard", "--socket", socket, "--size", bytes_of_store, "--meta", "local"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not os.path.exists(socket):
            if server.poll() is not None:
                raise RuntimeError("vineyard ended")
            time.sleep(0.05)
        client = vineyard.connect(socket)
        times = []
        for _ in range(rounds):
            values = array(size)
            put, boxed = timed(lambda: client.put(values))
            told = subprocess.run(
                [sys.executable, "-c", READER, socket, repr(boxed).strip('"')], capture_output=True, text=True, check=True
            ).stdout
            times.append((put, *json.loads(told.splitlines()[-1])))
            client.delete(boxed)
        return times
    finally:
        server.terminate()
        server.wait()


def main():
    peer, size, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    times = {"ray": by_ray, "vineyard": by_vineyard}[peer](size, rounds)
    medians = [statistics.median(column) for column in zip(*times)]
    print(json.dumps(dict(zip(["put", "get", "read"], medians))))


main()
