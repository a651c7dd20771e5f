"""Makes the files of other writers that `tests/it/writers.rs` reads: python3 make.py, with pyarrow, polars, duckdb, pandas
and fastparquet. They are small and committed, so that the tests need no Python."""

import datetime
import decimal
import os

import duckdb
import fastparquet
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
