"""Tables as DataFrames, and Python's own dates, times and decimals."""

import datetime
import decimal
import zoneinfo

_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)


def to_arrow(table):
    import pyarrow

    return pyarrow.table(table)


def to_polars(table):
    import polars

    return polars.DataFrame(table)


def to_pandas(table):
    return to_arrow(table).to_pandas()


def microseconds(time):
    """The microseconds since 1970 of a datetime; one with a zone as UTC has it."""
    if time.tzinfo is not None:
        time = time.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return (time - _EPOCH) // _MICROSECOND


def times(counts, zone):
    """Datetimes of microseconds since 1970: without a zone, or in this one."""
    if zone is None:
        return [None if count is None else _EPOCH + count * _MICROSECOND for count in counts]
    epoch, there = _EPOCH.replace(tzinfo=datetime.timezone.utc), _zone(zone)
    return [None if count is None else (epoch + count * _MICROSECOND).astimezone(there) for count in counts]


def _zone(name):
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        # An offset, or a system without zones: the moment is the same.
        return datetime.timezone.utc


def dates(days):
    return [None if day is None else datetime.date.fromordinal(719163 + day) for day in days]


def decimals(texts):
    return [None if text is None else decimal.Decimal(text) for text in texts]
