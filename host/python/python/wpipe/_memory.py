"""Views of memory that another object keeps."""

import array
import ctypes


def view(owner, address, length, format):
    """Returns a view of the `length` bytes at `address`, which nobody can write to, and which keeps `owner`."""
    if length == 0:
        return memoryview(array.array(format)).toreadonly()

    class Pages(ctypes.c_ubyte * length):
        """Instances of a subclass have attributes."""

    pages = Pages.from_address(address)
    pages.owner = owner
    return memoryview(pages).cast("B").toreadonly().cast(format)
