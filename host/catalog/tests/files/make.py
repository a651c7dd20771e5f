"""Makes the files of other writers that `tests/it/writers.rs` and `tests/it/excel.rs` read: python3 make.py, with pyarrow,
polars, duckdb, pandas, fastparquet, openpyxl and xlsxwriter. They are small and committed, so that the tests need no Python."""

import datetime
import decimal
import os

import duckdb
import fastparquet
import openpyxl
import pandas
import polars
import pyarrow
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet

os.chdir(os.path.dirname(os.path.abspath(__file__)))
UTC = datetime.timezone.utc
AT = [datetime.datetime(2024, 2, 29, 12, 30, 5, 250001, UTC), None, datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, UTC)]
COLUMNS = {
    "n": (pyarrow.int64(), [1, None, -9007199254740993]),
    "big": (pyarrow.uint64(), [18446744073709551615, 0, None]),
    "x": (pyarrow.float64(), [0.1, None, 1.7976931348623157e308]),
    "s": (pyarrow.string(), ["grün", "", None]),
    "day": (pyarrow.date32(), [datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31)]),
    "at": (pyarrow.timestamp("us", "UTC"), AT),
    "price": (pyarrow.decimal128(10, 2), [decimal.Decimal("12345678.90"), decimal.Decimal("-0.05"), None]),
    "raw": (pyarrow.binary(), [b"\x00\xff", b"", None]),
}
table = pyarrow.table({name: pyarrow.array(values, kind) for name, (kind, values) in COLUMNS.items()})

for codec in ["none", "snappy", "zstd", "gzip", "lz4", "brotli"]:
    pyarrow.parquet.write_table(table, f"pyarrow-{codec}.parquet", compression=codec)
pyarrow.parquet.write_table(table, "pyarrow-v1-plain.parquet", version="1.0", use_dictionary=False, store_schema=False)
pyarrow.parquet.write_table(table, "pyarrow-v2-pages.parquet", data_page_version="2.0", compression="zstd")
for codec in ["uncompressed", "lz4", "zstd"]:
    pyarrow.feather.write_feather(table, f"pyarrow-{codec}.arrow", compression=codec)
with pyarrow.ipc.new_stream("pyarrow-stream.arrow", table.schema) as stream:
    stream.write_table(table, max_chunksize=2)
dictionary = table.set_column(3, "s", table["s"].dictionary_encode())
pyarrow.feather.write_feather(dictionary, "pyarrow-dictionary.arrow", compression="zstd")

frame = polars.from_arrow(table)
frame.write_parquet("polars-zstd.parquet")
frame.write_parquet("polars-lz4.parquet", compression="lz4")
frame.write_ipc("polars-zstd.arrow", compression="zstd")
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
connection.register("written", table)
connection.execute("COPY (SELECT * FROM written) TO 'duckdb-snappy.parquet' (FORMAT parquet)")
connection.execute("COPY (SELECT * FROM written) TO 'duckdb-zstd.parquet' (FORMAT parquet, COMPRESSION zstd)")
# pandas has no whole numbers that may be missing without saying so, and no decimals.
pandas_frame = table.select(["s", "at"]).to_pandas()
pandas_frame["x"] = pandas.Series([0.1, None, 1.7976931348623157e308])
pandas_frame.to_parquet("pandas-snappy.parquet")
pandas_frame.to_feather("pandas-lz4.arrow")
fastparquet.write("fastparquet-gzip.parquet", pandas_frame.assign(at=pandas_frame["at"].dt.tz_localize(None)), compression="GZIP")

# Columns that no reader of wpipe's knows, and columns of one name, beside others.
wide = polars.DataFrame({
    "n": [1, 2, 3],
    "wide": polars.Series([1, 2**100, None], dtype=polars.Int128),
    "s": ["grün", None, ""],
    "at": polars.Series(AT).dt.convert_time_zone("Europe/Berlin"),
})
wide.write_parquet("strange-int128.parquet")
wide.write_ipc("strange-int128.arrow")
twins = pyarrow.table([pyarrow.array([1, 2]), pyarrow.array(["u", "v"]), pyarrow.array([0.5, None])], names=["a", "b", "a"])
pyarrow.parquet.write_table(twins, "strange-twins.parquet")
with pyarrow.ipc.new_file("strange-twins.arrow", twins.schema) as file:
    file.write_table(twins)

# Every kind that a writer has, in every codec: `kinds-WRITER-CODEC.SUFFIX`. What a writer does not have is left out.
NS = 1_709_209_805_250_001_002
KINDS = {
    "bool": (pyarrow.bool_(), [True, None, False]),
    "i32": (pyarrow.int32(), [-2147483648, None, 7]),
    "i64": (pyarrow.int64(), [1, None, -9007199254740993]),
    "u64": (pyarrow.uint64(), [18446744073709551615, None, 0]),
    "f32": (pyarrow.float32(), [0.5, None, -1.25]),
    "f64": (pyarrow.float64(), [0.1, None, 1.7976931348623157e308]),
    "text": (pyarrow.string(), ["grün", None, ""]),
    "binary": (pyarrow.binary(), [b"\x00\xff", None, b""]),
    "date": (pyarrow.date32(), [datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31)]),
    "time_us": (pyarrow.time64("us"), [datetime.time(23, 59, 59, 999999), None, datetime.time(0)]),
    "time_ns": (pyarrow.time64("ns"), [86399999999999, None, 0]),
    "at_s": (pyarrow.timestamp("s"), [1709209805, None, -1]),
    "at_ms": (pyarrow.timestamp("ms"), [1709209805250, None, -1]),
    "at_us": (pyarrow.timestamp("us"), [1709209805250001, None, -1]),
    "at_ns": (pyarrow.timestamp("ns"), [NS, None, -1]),
    "at_utc": (pyarrow.timestamp("us", "UTC"), [1709209805250001, None, -1]),
    "at_zone": (pyarrow.timestamp("ms", "Europe/Berlin"), [1709209805250, None, -1]),
    "took_ms": (pyarrow.duration("ms"), [1500, None, -1]),
    "took_ns": (pyarrow.duration("ns"), [1500, None, -1]),
    "decimal": (pyarrow.decimal128(10, 2), [decimal.Decimal("12345678.90"), None, decimal.Decimal("-0.05")]),
    "wide": (pyarrow.decimal128(38, 10), [decimal.Decimal("1234567890123456789012345678.0123456789"), None, decimal.Decimal("-1")]),
    "floats": (pyarrow.list_(pyarrow.float32()), [[0.5, None], None, []]),
    "whole": (pyarrow.list_(pyarrow.int64()), [[1, -2, 3], None, [None]]),
    "tags": (pyarrow.list_(pyarrow.string()), [["a", None, ""], None, ["grün"]]),
    "days": (pyarrow.list_(pyarrow.date32()), [[datetime.date(2024, 2, 29)], None, [None]]),
    "flags": (pyarrow.list_(pyarrow.bool_()), [[True, None], None, []]),
    "vector": (pyarrow.list_(pyarrow.float64(), 2), [[0.5, 1.5], None, [2.5, None]]),
    "large": (pyarrow.large_list(pyarrow.int32()), [[1], None, []]),
    "city": (pyarrow.dictionary(pyarrow.int8(), pyarrow.string()), ["Oslo", None, "Turku"]),
    "none": (pyarrow.null(), [None, None, None]),
}
kinds = pyarrow.table({name: pyarrow.array(values, kind) for name, (kind, values) in KINDS.items()})
for codec in ["none", "snappy", "zstd", "gzip", "lz4", "brotli"]:
    # A dictionary page, or none; new pages and old ones.
    pyarrow.parquet.write_table(kinds, f"kinds-pyarrow-{codec}.parquet", compression=codec, use_dictionary=codec != "gzip", data_page_version="2.0" if codec == "brotli" else "1.0", row_group_size=2)
for codec in ["uncompressed", "lz4", "zstd"]:
    pyarrow.feather.write_feather(kinds, f"kinds-pyarrow-{codec}.arrow", compression=codec, chunksize=2)
# Polars has microseconds at most in no zone but its own, no seconds, and no dictionary of arbitrary codes but categories.
in_polars = polars.from_arrow(kinds.drop_columns(["at_s"])).with_columns(polars.col("city").cast(polars.Categorical))
for codec in ["uncompressed", "snappy", "zstd", "gzip", "lz4", "brotli"]:
    in_polars.write_parquet(f"kinds-polars-{codec}.parquet", compression=codec)
for codec in ["uncompressed", "lz4", "zstd"]:
    in_polars.write_ipc(f"kinds-polars-{codec}.arrow", compression=codec)
# DuckDB has months in its durations, times in microseconds, and no zones but the session's.
connection.register("kinds", kinds.drop_columns(["took_ms", "took_ns", "time_ns", "at_zone", "none"]))
for codec in ["uncompressed", "snappy", "zstd", "gzip", "lz4_raw", "brotli"]:
    connection.execute(f"COPY (SELECT * FROM kinds) TO 'kinds-duckdb-{codec}.parquet' (FORMAT parquet, COMPRESSION {codec})")
in_pandas = kinds.to_pandas(types_mapper=pandas.ArrowDtype).drop(columns=["none"])
in_pandas["city"] = pandas.Categorical(["Oslo", None, "Turku"], ["Turku", "Oslo", "Bergen"], ordered=True)
for codec in [None, "snappy", "zstd", "gzip", "lz4", "brotli"]:
    in_pandas.to_parquet(f"kinds-pandas-{codec or 'none'}.parquet", compression=codec)
for codec in ["uncompressed", "lz4", "zstd"]:
    in_pandas.to_feather(f"kinds-pandas-{codec}.arrow", compression=codec)
plain = pandas.DataFrame({"bool": pandas.array([True, None, False], "boolean"), "i32": pandas.array([-2147483648, None, 7], "Int32"), "i64": pandas.array([1, None, -9007199254740993], "Int64"), "u64": pandas.array([18446744073709551615, None, 0], "UInt64"), "f64": [0.1, None, 1.7976931348623157e308], "text": ["grün", None, ""], "at_ns": pandas.to_datetime([NS, None, -1]), "city": pandas.Categorical(["Oslo", None, "Turku"], ["Turku", "Oslo"])})
for codec in ["UNCOMPRESSED", "SNAPPY", "ZSTD", "GZIP", "LZ4_RAW", "BROTLI"]:
    fastparquet.write(f"kinds-fastparquet-{codec.lower()}.parquet", plain, compression=codec, object_encoding="utf8", times="int64")

# Spark's old timestamps beside pyarrow's own note of their type, which says other units than nanoseconds.
legacy = pyarrow.table({"s": pyarrow.array([0, None, -1], pyarrow.timestamp("s")), "ms": pyarrow.array([1, None, -1], pyarrow.timestamp("ms", "Europe/Berlin")), "us": pyarrow.array([1709209805250001, None, -1], pyarrow.timestamp("us"))})
pyarrow.parquet.write_table(legacy, "legacy-pyarrow.parquet", use_deprecated_int96_timestamps=True)

# A workbook as people have it: a sheet of notes, a title above the table and remarks beside it, gaps, errors, formulas.
book = openpyxl.Workbook()
book.active.title = "Notes"
book.active.append(["made by hand"])
sheet = book.create_sheet("Sales 2024")
sheet["B2"] = "Quarterly report"
sheet["G5"] = "check this"
rows = [
    ["id", "code", "price", "day", "at", "from", "took", "paid", None],
    [1, "007", 1, datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 30, 5, 250000), datetime.time(6), datetime.timedelta(hours=36), True, "x"],
    [2, None, 0.1, None, datetime.datetime(2024, 3, 1), None, None, False, 5],
    [None] * 9,
    [3, "ä ö", None, datetime.date(1999, 12, 31), None, datetime.time(23, 59, 59), datetime.timedelta(seconds=1), None, datetime.date(2024, 1, 1)],
]
for at, row in enumerate(rows):
    for column, value in enumerate(row):
        sheet.cell(4 + at, 2 + column, value)
sheet["G5"].number_format = "hh:mm"
sheet["H5"].number_format = "[hh]:mm:ss"
sheet["H7"].number_format = "[hh]:mm:ss"
hidden = book.create_sheet("Hidden")
hidden.sheet_state = "hidden"
hidden.append(["n"])
hidden.append([9007199254740993])
errors = book.create_sheet("Errors")
errors.append(["n"])
for value in [1, "#N/A", "#DIV/0!"]:
    errors.append([value])
book.create_sheet("Empty")
book.save("workbook-openpyxl.xlsx")
formulas = openpyxl.Workbook()
for row in [["n", "twice"], [1, "=A2*2"], [2, "=A3*2"]]:
    formulas.active.append(row)
formulas.save("workbook-formulas.xlsx")
pandas.DataFrame({"n": [1, 2]}, ["a", "b"]).to_excel("workbook-index.xlsx")
polars.DataFrame({"n": [1, 2, None], "x": [0.5, None, 2.0], "s": ["a", None, "ü"], "ok": [True, False, None]}).write_excel("workbook-polars.xlsx")
pandas.DataFrame({"n": [1, 2], "at": [pandas.Timestamp("2024-01-02 03:04:05.006"), pandas.NaT]}).to_excel("workbook-pandas.xlsx", index=False)

# Databases of SQLite's, as Python's own module, pandas and SQLAlchemy write them.
import sqlite3

for name in ["pandas.db", "sqlalchemy.db", "python.db"]:
    if os.path.exists(name):
        os.remove(name)
FRAME = pandas.DataFrame({
    "id": [1, 2, 3],
    "Mixed Case": ["grün", None, ""],
    "price": [1.5, None, float("inf")],
    "flag": [True, False, True],
    "at": pandas.to_datetime(["2024-02-29 12:30:05.250001", None, "1969-12-31 23:59:59"], format="ISO8601"),
    "utc": pandas.to_datetime(["2024-02-29 12:30:05+00:00", None, "1969-12-31 23:59:59+00:00"]),
    "day": [datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31)],
    "raw": [b"\x00\xff", None, b""],
})
with sqlite3.connect("pandas.db") as connection:
    FRAME.to_sql("frame", connection, index=False)
    FRAME[:0].to_sql("empty", connection, index=False)
    FRAME.set_index("id").to_sql("indexed", connection)
try:
    import sqlalchemy

    engine = sqlalchemy.create_engine("sqlite:///sqlalchemy.db")
    metadata = sqlalchemy.MetaData()
    typed = sqlalchemy.Table(
        "typed", metadata,
        sqlalchemy.Column("id", sqlalchemy.BigInteger, primary_key=True),
        sqlalchemy.Column("name", sqlalchemy.String(20)),
        sqlalchemy.Column("price", sqlalchemy.Numeric(10, 2)),
        sqlalchemy.Column("flag", sqlalchemy.Boolean),
        sqlalchemy.Column("day", sqlalchemy.Date),
        sqlalchemy.Column("clock", sqlalchemy.Time),
        sqlalchemy.Column("at", sqlalchemy.DateTime),
        sqlalchemy.Column("raw", sqlalchemy.LargeBinary),
    )
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(typed.insert(), [
            {"id": 1, "name": "a", "price": decimal.Decimal("12345678.90"), "flag": True, "day": datetime.date(2024, 2, 29),
             "clock": datetime.time(12, 30, 5, 250001), "at": datetime.datetime(2024, 2, 29, 12, 30, 5, 250001), "raw": b"\x00"},
            {"id": 2, "name": None, "price": decimal.Decimal("-0.05"), "flag": None, "day": None, "clock": None, "at": None,
             "raw": None},
        ])
except ImportError:
    print("without SQLAlchemy, sqlalchemy.db stays what it is")
with sqlite3.connect("python.db") as connection:
    connection.execute("CREATE TABLE loose (a, b INTEGER, \"c \"\"d\"\"\" NUMERIC, e DATETIME)")
    connection.executemany("INSERT INTO loose VALUES (?, ?, ?, ?)", [(1, 1, 1, 1700000000), ("x", 2.5, "y", 1700000001)])
    connection.execute("CREATE VIEW seen AS SELECT a AS first FROM loose")
