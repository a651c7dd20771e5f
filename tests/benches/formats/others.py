"""Times how long libraries take to load a file: python3 others.py FILE KIND ROUNDS. Prints a line for each: its name, the
median in seconds, the rows, and the sum of column x."""

import statistics
import sys
import time

import duckdb
import pandas
import polars
import pyarrow.compute
import pyarrow.csv
import pyarrow.feather
import pyarrow.json
import pyarrow.parquet

file, kind, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
arrow = lambda table: (table.num_rows, pyarrow.compute.sum(table["x"]).as_py())
frame = lambda frame: (len(frame), float(frame["x"].sum()))
readers = {
    "csv": {
        "polars": (lambda: polars.read_csv(file, try_parse_dates=True), frame),
        "pyarrow": (lambda: pyarrow.csv.read_csv(file), arrow),
        "duckdb": (lambda: duckdb.sql(f"SELECT * FROM read_csv('{file}')").to_arrow_table(), arrow),
        "pandas": (lambda: pandas.read_csv(file), frame),
    },
    "parquet": {
        "polars": (lambda: polars.read_parquet(file), frame),
        "pyarrow": (lambda: pyarrow.parquet.read_table(file), arrow),
        "duckdb": (lambda: duckdb.sql(f"SELECT * FROM read_parquet('{file}')").to_arrow_table(), arrow),
        "pandas": (lambda: pandas.read_parquet(file), frame),
    },
    "arrow": {
        "polars": (lambda: polars.read_ipc(file), frame),
        "pyarrow": (lambda: pyarrow.feather.read_table(file, memory_map=False), arrow),
    },
    "json": {
        "polars": (lambda: polars.read_ndjson(file), frame),
        "pyarrow": (lambda: pyarrow.json.read_json(file), arrow),
    },
}
for name, (read, check) in readers[kind].items():
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        table = read()
        times.append(time.perf_counter() - started)
    rows, total = check(table)
    print(name, statistics.median(times), rows, total)
