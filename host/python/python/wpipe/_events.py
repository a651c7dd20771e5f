"""The events of a run, on their way to those who listen."""

import json
import logging
import sys

from . import _notebook

_logger = logging.getLogger("wpipe")
_LEVELS = {"trace": logging.DEBUG, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING}


class Events:
    """What nodes log goes to the logger `wpipe`, the rest to a caller's function, and to a notebook's progress bar."""

    def __init__(self, on_event, progress):
        self._on_event = on_event
        wanted = _notebook.is_there() if progress is None else progress
        self._progress = _notebook.Progress() if wanted else None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self._progress is not None:
            self._progress.finish(error)

    def hear(self, line):
        event = json.loads(line)
        if event["event"] == "log":
            level = _LEVELS.get(event["level"], logging.ERROR)
            _logger.log(level, "[%s] %s", event["node"], event["message"], extra={"node": event["node"]})
        if self._progress is not None:
            self._progress.see(event)
        if self._on_event is not None:
            self._on_event(event)


def interrupted(error, is_second):
    """Tells a person who interrupts a run what becomes of it."""
    if not isinstance(error, KeyboardInterrupt):
        return
    if is_second:
        text = "interrupted again: what is not saved by now is given up"
    else:
        text = "interrupted: no more nodes start, and what is finished is being saved; interrupt again to give that up"
    print(text, file=sys.stderr, flush=True)
