"""The `wpipe` command that is installed with this package."""

import os
import signal
import sys
import sysconfig

from . import _wpipe


def main():
    """Runs the command with the arguments of this process."""
    # The command listens itself, and ends a run in good order.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_wpipe.command(sys.argv))


def command_path():
    """Returns the path of the installed command of this very package; None if there is none."""
    path = os.path.join(sysconfig.get_path("scripts"), "wpipe")
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = package in (sysconfig.get_path("platlib"), sysconfig.get_path("purelib"))
    return path if installed and os.access(path, os.X_OK) else None
