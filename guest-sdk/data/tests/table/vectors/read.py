"""Reads the test vectors by what docs/table-format.md says, and compares them with vectors.json: python3 read.py

It needs nothing but Python, and checks less than a reader of strangers' tables has to.
"""

import json
import pathlib
import struct

MAGIC = b"WPIPE-TABLE\0"
WIDTHS = {"i32": "<i", "i64": "<q", "u64": "<Q", "f32": "<f", "f64": "<d", "date": "<i", "time": "<q", "timestamp": "<q", "duration": "<q"}


class Table:
    def __init__(self, data):
        self.data = data
        self.rows, self.data_size, columns, count, self.format, magic = struct.unpack_from("<QQiII12s", data, len(data) - 40)
        assert magic == MAGIC
        start = len(data) - 40 + 16 + columns
        size = {1: 88, 2: 88, 3: 184}[self.format]
        self.columns = [self.column(start + at * size) for at in range(count)]

    def text(self, at):
        """Up to eight bytes stand there; a longer text is elsewhere."""
        if self.data[at] & 0xC0 == 0x80:
            length, offset = struct.unpack_from("<Ii", self.data, at)
            length = length & 0x3F | (length & ~0xFF) >> 2
            return self.data[at + offset : at + offset + length].decode()
        return self.data[at : at + 8].split(b"\xff")[0].decode()

    def span(self, at):
        offset, length = struct.unpack_from("<QQ", self.data, at)
        return self.data[offset : offset + length]

    def optional_span(self, at):
        return self.span(at + 8) if self.data[at] else None

    def column(self, at):
        kinds = ["bool", "i32", "i64", "f32", "f64", "text", "date", "timestamp"]
        kind = kinds[self.data[at + 8]] if self.format == 1 else self.text(at + 8)
        buffers = self.buffers(at + 16)
        if self.format == 3 and self.data[at + 88]:
            length, ordered = struct.unpack_from("<QB", self.data, at + 96)
            child = length, bool(ordered), self.buffers(at + 112)
        else:
            child = None
        return self.text(at), kind, buffers, child

    def buffers(self, at):
        (nulls,) = struct.unpack_from("<Q", self.data, at)
        return nulls, self.optional_span(at + 8), self.optional_span(at + 32), self.span(at + 56)


def bit(data, at):
    return data[at // 8] >> at % 8 & 1 == 1


def number(value):
    return repr(value).replace("e+", "e") if isinstance(value, float) else str(value)


def values(kind, rows, buffers, child=None):
    nulls, validity, offsets, data = buffers
    name = kind.split("(")[0].split("<")[0]
    if name == "list":
        items = values(kind[len("list<") : -1], child[0], child[2])
        ends = struct.unpack(f"<{rows + 1}i", offsets)
        all_values = [items[start:end] for start, end in zip(ends, ends[1:])]
    elif name == "text" and child:
        texts = values("text", child[0], child[2])
        all_values = [texts[code] if texts else "" for code in struct.unpack(f"<{rows}i", data)]
    elif name in ("text", "binary"):
        ends = struct.unpack(f"<{rows + 1}i", offsets)
        parts = [data[start:end] for start, end in zip(ends, ends[1:])]
        all_values = [part.decode() if name == "text" else part.hex() for part in parts]
    elif name == "bool":
        all_values = [bit(data, row) for row in range(rows)]
    elif name == "decimal":
        all_values = [str(int.from_bytes(data[at : at + 16], "little", signed=True)) for at in range(0, 16 * rows, 16)]
    else:
        all_values = [number(value) for (value,) in struct.iter_unpack(WIDTHS[name], data)]
    there = [validity is None or bit(validity, row) for row in range(rows)]
    assert there.count(False) == nulls
    return [value if is_there else None for value, is_there in zip(all_values, there)]


def described(table):
    columns = []
    for name, kind, buffers, child in table.columns:
        column = {"name": name, "kind": kind, "nullable": buffers[1] is not None}
        if child and kind == "text":
            column |= {"dictionary": values("text", child[0], child[2]), "ordered": child[1]}
        columns.append(column | {"values": values(kind, table.rows, buffers, child)})
    return {"format": table.format, "rows": table.rows, "columns": columns}


folder = pathlib.Path(__file__).parent
for name, expected in json.loads((folder / "vectors.json").read_text(encoding="utf-8")).items():
    found = described(Table((folder / f"{name}.table").read_bytes()))
    assert found == expected, f"{name}:\n{json.dumps(found)}\n{json.dumps(expected)}"
    print(f"{name}: as described")
