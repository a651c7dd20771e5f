"""One task of the house-prices pipeline by Kedro, in a process of its own, with vineyard or CSV files between the tasks.

    peer.py vineyard|csv FOLDER MULTIPLIER NODE
    peer.py vineyard|csv FOLDER MULTIPLIER digest

Prints a line of JSON: the seconds of loads, of the function and of saves; or the digests of the three last tables.

The functions do what those of examples/house-prices do, with pandas and scikit-learn, as the benchmark of vineyard's
Kedro plugin does it. Houses are added by the same generator, cell by cell, so that all tables can be compared.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from kedro.extras.datasets.pandas import CSVDataSet
from kedro.io import DataCatalog
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner

# Off the clock.
if sys.argv[4] == "fill_na":
    from sklearn.impute import SimpleImputer

KIND, FOLDER, MULTIPLIER, TASK = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
COLUMNS = Path(__file__).parents[3] / "examples/house-prices/nodes/src/columns.tsv"
HOUSES = 1460
SEED = 7
NONE = (
    "PoolQC MiscFeature Alley Fence FireplaceQu GarageType GarageFinish GarageQual GarageCond BsmtQual BsmtCond "
    "BsmtExposure BsmtFinType1 BsmtFinType2 MasVnrType"
).split()
ZERO = (
    "GarageYrBlt GarageArea GarageCars BsmtFinSF1 BsmtFinSF2 BsmtUnfSF TotalBsmtSF BsmtFullBath BsmtHalfBath MasVnrArea"
).split()
STEP = np.uint64(0x9E3779B97F4A7C15)


def mix(bits):
    """The output function of SplitMix64."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def below(part, rows, bound):
    """Numbers below `bound`, one for each row."""
    start = mix(np.array([SEED], np.uint64) + STEP) ^ mix(np.array([part], np.uint64) + STEP)
    bits = mix(start + np.arange(1, rows + 1, dtype=np.uint64) * STEP)
    return ((bits >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32)


def added(rows):
    """Houses that are added to those of the file."""
    columns = {}
    for position, line in enumerate(COLUMNS.read_text().splitlines()):
        name, kind, values, _ = line.split("\t")
        if kind == "text":
            texts = np.array(values.split("|"), dtype=object)
            columns[name] = texts[below(2000 + position, rows, len(texts)).astype(np.int64)]
        else:
            low, high = (int(number) for number in values.split(".."))
            numbers = below(2000 + position, rows, high - low + 1).astype(np.int64) + low
            columns[name] = numbers.astype(np.float64) if kind == "float" else numbers
    return pd.DataFrame(columns)


def remove_outliers(houses):
    if MULTIPLIER > 1:
        houses = pd.concat([houses, added(HOUSES * (MULTIPLIER - 1))], ignore_index=True)
    return houses.drop(houses[(houses["GrLivArea"] > 4000) & (houses["SalePrice"] < 300000)].index)


def create_target(houses):
    return pd.DataFrame({"SalePrice": np.log1p(houses["SalePrice"].values)})


def drop_cols(houses):
    return houses.drop(["SalePrice", "Utilities"], axis=1)


def fill_na(houses):
    houses = houses.copy()
    for column in NONE:
        houses[column] = houses[column].fillna("None")
    for column in ZERO:
        houses[column] = houses[column].fillna(0)
    fill = lambda group: group.fillna(group.median())
    houses["LotFrontage"] = houses.groupby("Neighborhood")["LotFrontage"].transform(fill)
    for kinds in [houses.select_dtypes(include="number").columns, houses.select_dtypes(include="object").columns]:
        imputer = SimpleImputer(strategy="most_frequent")
        houses[kinds] = imputer.fit_transform(houses[kinds])
    return houses


def total_sf(houses):
    houses = houses.copy()
    houses["TotalSF"] = houses["TotalBsmtSF"] + houses["1stFlrSF"] + houses["2ndFlrSF"]
    return houses


NODES = {
    "remove_outliers": (remove_outliers, "house_prices", "house_prices_no_outliers"),
    "create_target": (create_target, "house_prices_no_outliers", "y_train"),
    "drop_cols": (drop_cols, "house_prices_no_outliers", "house_prices_drop"),
    "fill_na": (fill_na, "house_prices_drop", "house_prices_no_na"),
    "total_sf": (total_sf, "house_prices_drop", "house_prices_clean"),
}


def dataset(name):
    """Where a table is: texts such as `NA` stay texts, so that files give back what was saved."""
    if name == "house_prices":
        return CSVDataSet(str(FOLDER / "data/house_prices.csv"), load_args={"keep_default_na": False, "na_values": ["NA"]})
    if KIND == "vineyard":
        from vineyard.contrib.kedro.io.dataset import VineyardDataSet

        return VineyardDataSet(ds_name=f"house_prices_{name}")
    arguments = {"keep_default_na": False, "na_values": [""]}
    return CSVDataSet(str(FOLDER / f"{name}.csv"), load_args=arguments, save_args={"index": False})


def timed(dataset, seconds):
    """The dataset, whose loads and saves are timed."""
    for what in ["load", "save"]:
        def run(*arguments, what=what, act=getattr(dataset, what)):
            begun = time.perf_counter()
            result = act(*arguments)
            seconds[what] += time.perf_counter() - begun
            return result

        setattr(dataset, what, run)
    return dataset


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def digest(table):
    """What the node `digest` of the tests says of a table."""
    weights = np.arange(len(table), dtype=np.uint64) % np.uint64(7) + np.uint64(1)
    lines = [f"rows {len(table)}"]
    for name in table.columns:
        column = table[name]
        there = column.notna().values
        missing = len(column) - int(there.sum())
        if column.dtype == object:
            values = {text: fnv(text) for text in column[there].unique()}
            hashes = np.array([values.get(text, 0) for text in column.values], dtype=np.uint64)
            lines.append(f"{name} text {missing} {int((hashes * weights)[there].sum(dtype=np.uint64))}")
        else:
            total = (column.values[there].astype(np.float64) * weights[there].astype(np.float64)).sum()
            lines.append(f"{name} number {missing} {total!r}")
    return "\n".join(lines)


def main():
    if TASK == "digest":
        tables = ["y_train", "house_prices_no_na", "house_prices_clean"]
        print(json.dumps({name: digest(dataset(name).load()) for name in tables}))
        return
    seconds = {"load": 0.0, "compute": 0.0, "save": 0.0}
    function, source, target = NODES[TASK]

    def compute(table):
        begun = time.perf_counter()
        result = function(table)
        seconds["compute"] += time.perf_counter() - begun
        return result

    task = pipeline([node(compute, source, target, name=TASK)])
    catalog = DataCatalog({name: timed(dataset(name), seconds) for name in [source, target]})
    SequentialRunner().run(task, catalog)
    print(json.dumps(seconds))


main()
