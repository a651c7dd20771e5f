"""Reads the files named on the command line as pyarrow, Polars, DuckDB and pandas read them, and compares each with
`expected.json` beside the first: what wpipe wrote is the same to all of them. Used by `tests/it/read_back.rs`."""

import datetime
import decimal
import json
import math
import os
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.feather
import pyarrow.parquet


def plain(value):
    """A value as JSON has it, whatever type a library gives it."""
    if value is None or value is pandas.NaT or value is pandas.NA:
        return None
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, decimal.Decimal):
        return str(value.normalize() + 0)
    if isinstance(value, pandas.Timestamp):
        return str(value.as_unit("ns").value)
    if isinstance(value, pandas.Timedelta):
        return str(value.as_unit("ns").value)
    if isinstance(value, datetime.datetime):
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc if value.tzinfo else None)
        return str((value - epoch) // datetime.timedelta(microseconds=1) * 1000)
    if isinstance(value, datetime.timedelta):
        return str(value // datetime.timedelta(microseconds=1) * 1000)
    if isinstance(value, datetime.date):
        return str((value - datetime.date(1970, 1, 1)).days)
    if isinstance(value, datetime.time):
        return str(((value.hour * 60 + value.minute) * 60 + value.second) * 10**9 + value.microsecond * 1000)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if hasattr(value, "tolist") and not isinstance(value, list):
        return plain(value.tolist())
    return [plain(item) for item in value]


def of_arrow(table):
    columns = {}
    for name, column in zip(table.column_names, table.columns):
        kind = column.type
        if pyarrow.types.is_temporal(kind) and not pyarrow.types.is_date(kind):
            unit = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]
            counts = column.cast(pyarrow.int64()).to_pylist()
            columns[name] = [None if count is None else str(count * unit) for count in counts]
        else:
            columns[name] = [plain(value) for value in column.to_pylist()]
    return columns


def of_duckdb(path):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return of_arrow(connection.sql(f"SELECT * FROM '{path}'").to_arrow_table())


def of_pandas(frame):
    return {name: [plain(value) for value in frame[name].tolist()] for name in frame.columns}


def readers(path):
    if path.endswith(".parquet"):
        yield "pyarrow", lambda: of_arrow(pyarrow.parquet.read_table(path))
        yield "polars", lambda: of_arrow(polars.read_parquet(path).to_arrow())
        yield "duckdb", lambda: of_duckdb(path)
        yield "pandas", lambda: of_pandas(pandas.read_parquet(path, dtype_backend="pyarrow"))
    else:
        yield "pyarrow", lambda: of_arrow(pyarrow.feather.read_table(path))
        yield "polars", lambda: of_arrow(polars.read_ipc(path).to_arrow())
        yield "pandas", lambda: of_pandas(pandas.read_feather(path, dtype_backend="pyarrow"))


# What a library cannot tell of what is stored: DuckDB has no durations in Parquet, and months in its own.
UNKNOWN = {"duckdb": {"took_ms", "took_us", "took_ns"}}

paths = sys.argv[1:]
with open(os.path.join(os.path.dirname(paths[0]), "expected.json"), encoding="utf-8") as file:
    expected = json.load(file)
wrong = []
for path in paths:
    for name, read in readers(path):
        found = read()
        for column, values in expected.items():
            if column in UNKNOWN.get(name, ()):
                continue
            if found.get(column) != values:
                wrong.append(f"{os.path.basename(path)} in {name}, column {column}: {found.get(column)}, expected {values}")
print("\n".join(wrong) or f"{len(paths)} files are as they were written")
sys.exit(bool(wrong))
