"""Exceptions. The text of each is what the command says."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One of the problems of an error."""

    kind: str
    message: str
    place: str | None
    help: str | None


class Error(Exception):
    """What went wrong, where, and what to do about it; of several problems, the first."""

    def __init__(self, text, problem, place=None, help=None, problems=()):
        super().__init__(text)
        self.problem = problem
        self.place = place
        self.help = help
        self.problems = [Problem(*each) for each in problems]

    def __reduce__(self):
        problems = [tuple(each) for each in self.problems]
        return (type(self), (str(self), self.problem, self.place, self.help, problems), self.__dict__)


class InputError(Error, ValueError):
    """The input was wrong, and nothing has run: the command's exit code 2."""


class RunError(Error, RuntimeError):
    """Something failed: the command's exit code 1."""

    #: What the run has done; None if none had begun.
    report = None


for _class in (Problem, Error, InputError, RunError):
    _class.__module__ = "wpipe"
