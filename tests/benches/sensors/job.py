"""The job of examples/sensors by pandas, or by Polars: `job.py LIBRARY ROUNDS FILE...`.

Each file is a day of raw text. Its lines become readings, these are cleaned, and of each sensor there are features. Both do
whole columns at once; what neither has, the spikes by Hampel's rule, is NumPy's on all windows of a sensor at once.
Prints JSON: the name, the median time for all days, and the sum of each feature.
"""

import io
import json
import statistics
import sys
import time

import numpy as np

MEASURES = {"temperature": (-25.0, 45.0, 2.0), "humidity": (0.0, 100.0, 8.0), "pressure": (870.0, 1085.0, 3.0)}
NAMES = ["time", "sensor", *MEASURES]
SHARES = {"p05": 0.05, "median": 0.5, "p95": 0.95}
DAY, SKEW, GAP = 86_400, 3_600, 150 * 60
WINDOW = 11


def lines(text):
    """The lines that have as many fields as a reading."""
    return "\n".join(line for line in text.split("\n")[1:] if line.count(",") == len(NAMES) - 1)


def spikes(values, step):
    """Which values are far from the median of those around them (Hampel 1974)."""
    count = len(values)
    if count == 0:
        return np.zeros(0, dtype=bool)
    width = min(WINDOW, count)
    windows = np.lib.stride_tricks.sliding_window_view(values, width)
    around = windows[np.clip(np.arange(count) - WINDOW // 2, 0, count - width)]
    center = np.median(around, axis=1)
    deviation = np.median(np.abs(around - center[:, None]), axis=1) * 1.4826
    return np.abs(values - center) > np.maximum(6.0 * deviation, step)


def without_spikes(sensors, columns):
    """The columns, whose spikes are NaN. The sensors are in order."""
    starts = np.flatnonzero(np.r_[True, sensors[1:] != sensors[:-1]]) if len(sensors) else []
    ends = np.r_[starts[1:], len(sensors)] if len(sensors) else []
    for name, (_, _, step) in MEASURES.items():
        values = columns[name]
        for start, end in zip(starts, ends):
            part = values[start:end]
            there = np.flatnonzero(~np.isnan(part))
            part[there[spikes(part[there], step)]] = np.nan
    return columns


def with_pandas(text):
    import pandas as pd

    raw = pd.read_csv(io.StringIO(lines(text)), names=NAMES, dtype={"time": "str", "sensor": "str"}, na_values=["NA", "NaN"])
    raw["time"] = pd.to_datetime(raw["time"], format="%Y-%m-%dT%H:%M:%S", errors="coerce")
    raw = raw.dropna(subset=["time", "sensor"])
    midnight = raw["time"].dt.floor("D").mode().min()
    margin = pd.Timedelta(seconds=SKEW)
    raw = raw[(raw["time"] >= midnight - margin) & (raw["time"] < midnight + pd.Timedelta(days=1) + margin)]
    raw = raw.groupby(["sensor", "time"], sort=True, as_index=False).first()
    for name, (low, high, _) in MEASURES.items():
        raw[name] = raw[name].where(raw[name].between(low, high))
    columns = without_spikes(raw["sensor"].to_numpy(), {name: raw[name].to_numpy(copy=True) for name in MEASURES})
    clean = raw.assign(**columns).dropna(subset=list(MEASURES), how="all")

    grouped = clean.groupby("sensor", sort=True)
    seconds = (clean["time"] - midnight).dt.total_seconds().clip(0, DAY)
    last = seconds.groupby(clean["sensor"]).shift(fill_value=0.0)
    gaps = seconds - last
    rest = DAY - seconds.groupby(clean["sensor"]).last()
    features = {
        "readings": grouped.size(),
        "gaps": (gaps > GAP).groupby(clean["sensor"]).sum() + (rest > GAP),
        "longest_gap_minutes": np.maximum(gaps.groupby(clean["sensor"]).max(), rest) / 60.0,
    }
    for name in MEASURES:
        column = grouped[name]
        features |= {
            f"{name}_count": column.count(),
            f"{name}_mean": column.mean(),
            f"{name}_min": column.min(),
            f"{name}_max": column.max(),
            f"{name}_std": column.std(ddof=0),
        }
        quantiles = column.quantile(list(SHARES.values())).unstack()
        features |= {f"{name}_{of}": quantiles[share] for of, share in SHARES.items()}
    features = pd.DataFrame(features)
    return {"rows": len(features), **features.sum().to_dict()}


def with_polars(text):
    import polars as pl

    raw = pl.read_csv(
        lines(text).encode(),
        has_header=False,
        new_columns=NAMES,
        schema_overrides=[pl.String, pl.String, pl.Float64, pl.Float64, pl.Float64],
        null_values=["", "NA", "NaN"],
    )
    raw = raw.with_columns(pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)).drop_nulls(["time", "sensor"])
    midnight = raw["time"].dt.truncate("1d").mode().min()
    time, margin, day = pl.col("time"), pl.duration(seconds=SKEW), pl.duration(seconds=DAY)
    raw = (
        raw.lazy()
        .filter((time >= pl.lit(midnight) - margin) & (time < pl.lit(midnight) + day + margin))
        .group_by("sensor", "time", maintain_order=True)
        .agg(pl.col(name).drop_nulls().first() for name in MEASURES)
        .sort("sensor", "time")
        .with_columns(
            pl.when(pl.col(name).is_between(low, high)).then(pl.col(name)) for name, (low, high, _) in MEASURES.items()
        )
        .collect()
    )
    columns = {name: raw[name].fill_null(np.nan).to_numpy(writable=True) for name in MEASURES}
    columns = without_spikes(raw["sensor"].to_physical().to_numpy(), columns)
    clean = raw.with_columns(pl.Series(name, values).fill_nan(None) for name, values in columns.items())
    clean = clean.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in MEASURES))

    seconds = ((time - pl.lit(midnight)).dt.total_microseconds() / 1e6).clip(0, DAY)
    of_measures = []
    for name in MEASURES:
        column = pl.col(name)
        of_measures += [
            column.count().alias(f"{name}_count"),
            column.mean().alias(f"{name}_mean"),
            column.min().alias(f"{name}_min"),
            column.max().alias(f"{name}_max"),
            column.std(ddof=0).alias(f"{name}_std"),
            *(column.quantile(share, "linear").alias(f"{name}_{of}") for of, share in SHARES.items()),
        ]
    features = (
        clean.lazy()
        .with_columns(seconds=seconds)
        .with_columns(gap=pl.col("seconds") - pl.col("seconds").shift(fill_value=0.0).over("sensor"))
        .group_by("sensor")
        .agg(
            pl.len().alias("readings"),
            ((pl.col("gap") > GAP).sum() + ((DAY - pl.col("seconds").last()) > GAP)).alias("gaps"),
            (pl.max_horizontal(pl.col("gap").max(), DAY - pl.col("seconds").last()) / 60.0).alias("longest_gap_minutes"),
            *of_measures,
        )
        .collect()
    )
    sums = features.select(pl.exclude("sensor").sum()).row(0, named=True)
    return {"rows": features.height, **sums}


def main():
    library, rounds, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    job = {"pandas": with_pandas, "polars": with_polars}[library]
    days = []
    for file in files:
        with open(file, encoding="utf-8") as day:
            days.append(day.read())
    # The first call loads what is loaded lazily.
    job(days[0])
    times, sums = [], {}
    for _ in range(rounds):
        sums = {}
        started = time.perf_counter()
        for day in days:
            for name, value in job(day).items():
                sums[name] = sums.get(name, 0) + float(value)
        times.append(time.perf_counter() - started)
    version = __import__(library).__version__
    name = {"pandas": f"pandas {version} and NumPy", "polars": f"Polars {version} and NumPy"}[library]
    print(json.dumps({"name": name, "seconds": statistics.median(times), "sums": sums}))


main()
