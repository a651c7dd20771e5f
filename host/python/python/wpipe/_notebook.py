"""What notebooks show of a run while it is under way."""

import html
import sys
import time

#: The seconds between two updates of what is shown.
_PACE = 0.1


def is_there():
    """Returns True in a notebook: in IPython with a kernel, which has displays that can be updated."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


class Progress:
    """A bar of the nodes that have completed, and the names of those that run."""

    def __init__(self):
        from IPython.display import HTML, display

        self._html = HTML
        self._running = {}
        self._completed = 0
        self._total = None
        self._begun = time.monotonic()
        self._shown = 0.0
        self._display = display(HTML(self._page()), display_id=True)

    def see(self, event):
        kind = event["event"]
        if kind == "run_started":
            self._total = event["nodes"]
        elif kind == "node_started":
            self._running[event["node"]] = None
        elif kind == "node_completed" and not event.get("partition"):
            self._running.pop(event["node"], None)
            self._completed = event["completed"]
            self._total = event["total"]
        elif kind == "node_failed":
            self._running.pop(event["node"], None)
        else:
            return
        now = time.monotonic()
        if now - self._shown >= _PACE:
            self._shown = now
            self._update()

    def finish(self, error):
        self._running = {}
        self._update("failed" if error is not None else "completed")

    def _update(self, outcome=None):
        if self._display is not None:
            self._display.update(self._html(self._page(outcome)))

    def _page(self, outcome=None):
        total = self._total or 1
        seconds = time.monotonic() - self._begun
        words = outcome or ", ".join(self._running) or "begins"
        counted = f"{self._completed} of {self._total} nodes" if self._total is not None else ""
        return (
            f'<progress value="{self._completed}" max="{total}" style="width: 20em"></progress> '
            f"{counted} · {html.escape(words)} · {seconds:.1f} s"
        )
