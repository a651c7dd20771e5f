"""Reads and writes tables by one library, as it is asked: python3 others.py polars|pyarrow|duckdb|pandas

Each line of standard input is a request in JSON, and each line of standard output its answer:
  {"do": "load", "kind": "csv", "path": …, "types": {…} or null}   the seconds, the rows, and the growth of the peak memory
  {"do": "save", "kind": …, "path": …, "compression": …}           what was loaded last; the seconds
  {"do": "same", "kind": …, "path": …, "as": FILE}                 nothing, or how it differs from an Arrow file
  {"do": "drop"}                                                   forgets what was loaded
"""

import importlib
import json
import sys
import time

import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.feather
import pyarrow.json
import pyarrow.parquet

who = sys.argv[1]
library = importlib.import_module(who)
ARROW = {
    "i64": pyarrow.int64(),
    "f64": pyarrow.float64(),
    "text": pyarrow.string(),
    "date": pyarrow.date32(),
    "timestamp": pyarrow.timestamp("us"),
    "bool": pyarrow.bool_(),
}


def of_polars(kind, path, types):
    names = {"i64": "Int64", "f64": "Float64", "text": "String", "date": "Date", "timestamp": "Datetime", "bool": "Boolean"}
    schema = {name: getattr(library, names[kind]) for name, kind in types.items()} if types else None
    match kind:
        case "csv":
            return library.read_csv(path, try_parse_dates=True, schema=schema)
        case "json":
            return library.read_ndjson(path, schema=schema)
        case "parquet":
            return library.read_parquet(path)
        case "arrow":
            return library.read_ipc(path)


def of_pyarrow(kind, path, types):
    types = {name: ARROW[kind] for name, kind in types.items()} if types else None
    match kind:
        case "csv":
            return pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(column_types=types))
        case "json":
            schema = pyarrow.schema(list(types.items())) if types else None
            return pyarrow.json.read_json(path, parse_options=pyarrow.json.ParseOptions(explicit_schema=schema))
        case "parquet":
            return pyarrow.parquet.read_table(path)
        case "arrow":
            # Into memory, as all others do: a mapped file is not read at all.
            return pyarrow.feather.read_table(path, memory_map=False)


def of_duckdb(kind, path, types):
    names = {"i64": "BIGINT", "f64": "DOUBLE", "text": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP", "bool": "BOOLEAN"}
    declared = ", ".join(f"'{name}': '{names[kind]}'" for name, kind in types.items()) if types else None
    match kind:
        case "csv":
            options = f", header = true, columns = {{{declared}}}" if declared else ""
            found = library.sql(f"SELECT * FROM read_csv('{path}'{options})")
        case "json":
            options = f", columns = {{{declared}}}" if declared else ""
            found = library.sql(f"SELECT * FROM read_json('{path}', format = 'newline_delimited'{options})")
        case "parquet":
            found = library.sql(f"SELECT * FROM read_parquet('{path}')")
        case _:
            return None
    return found.to_arrow_table()


def of_pandas(kind, path, types):
    match kind:
        case "csv" if types:
            names = {"i64": "int64", "f64": "float64", "text": "object", "bool": "bool"}
            plain = {name: names[kind] for name, kind in types.items() if kind in names}
            return library.read_csv(path, dtype=plain, parse_dates=[name for name in types if name not in plain])
        case "csv":
            return library.read_csv(path)
        case "parquet":
            return library.read_parquet(path)
        case "arrow":
            return library.read_feather(path)
        case _:
            return None


def save(kind, path, compression):
    match who, kind:
        case "polars", "csv":
            table.write_csv(path)
        case "polars", "json":
            table.write_ndjson(path)
        case "polars", "parquet":
            table.write_parquet(path, compression=compression)
        case "polars", "arrow":
            table.write_ipc(path)
        case "pyarrow", "csv":
            pyarrow.csv.write_csv(table, path)
        case "pyarrow", "parquet":
            pyarrow.parquet.write_table(table, path, compression=compression)
        case "pyarrow", "arrow":
            pyarrow.feather.write_feather(table, path, compression="uncompressed")
        case "duckdb", "csv" | "json" | "parquet":
            codec = f", COMPRESSION {compression}" if kind == "parquet" else ""
            library.sql(f"COPY (SELECT * FROM loaded) TO '{path}' (FORMAT {kind}{codec})")
        case "pandas", "csv":
            table.to_csv(path, index=False)
        case "pandas", "json":
            table.to_json(path, orient="records", lines=True, date_format="iso")
        case "pandas", "parquet":
            table.to_parquet(path, compression=compression)
        case "pandas", "arrow":
            table.to_feather(path, compression="uncompressed")
        case _:
            return False
    return True


def as_arrow():
    match who:
        case "polars":
            return table.to_arrow()
        case "pandas":
            return pyarrow.Table.from_pandas(table, preserve_index=False)
        case _:
            return table


def difference(file):
    expected, found = pyarrow.feather.read_table(file), as_arrow()
    if found.column_names != expected.column_names or found.num_rows != expected.num_rows:
        return f"{found.num_rows} rows of {found.column_names[:8]}, not {expected.num_rows} of {expected.column_names[:8]}"
    note = None
    for name in expected.column_names:
        right, column = expected[name].combine_chunks(), found[name].combine_chunks()
        if pyarrow.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        try:
            column = column.cast(right.type)
        except pyarrow.ArrowInvalid as error:
            return f"column {name}: {error}"
        if column.equals(right):
            continue
        if pyarrow.types.is_floating(right.type) and column.is_null().equals(right.is_null()):
            apart = pyarrow.compute.max(pyarrow.compute.abs(pyarrow.compute.subtract(column, right))).as_py()
            most = pyarrow.compute.max(pyarrow.compute.abs(right)).as_py()
            if apart <= most * 2.3e-16:
                note = "last digits of floats differ"
                continue
        return f"column {name} differs"
    return note


def memory(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))


load = {"polars": of_polars, "pyarrow": of_pyarrow, "duckdb": of_duckdb, "pandas": of_pandas}[who]
table = loaded = None
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    answer = {}
    try:
        match request["do"]:
            case "load":
                table = loaded = None
                with open("/proc/self/clear_refs", "w") as peak:
                    peak.write("5")
                before = memory("VmRSS")
                started = time.perf_counter()
                table = loaded = load(request["kind"], request["path"], request["types"])
                answer["seconds"] = time.perf_counter() - started
                answer["peak"] = memory("VmHWM") - before
                answer["rows"] = None if table is None else len(table)
            case "save":
                started = time.perf_counter()
                answer["done"] = save(request["kind"], request["path"], request["compression"])
                answer["seconds"] = time.perf_counter() - started
            case "same":
                answer["difference"] = difference(request["as"])
            case "drop":
                table = loaded = None
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(answer), flush=True)
