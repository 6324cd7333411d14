"""`compiled`: a function in machine code, kept on disk between processes.

numba notices an edit of the file that a function stands in, but not of a file whose functions it
calls: the answer could come from yesterday's code. So what is kept is kept under the digest of all
the package's sources, where it can be written beside them, else in numba's own place.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Ints32 = NDArray[np.int32]
    Bools = NDArray[np.bool_]

_F = TypeVar("_F", bound="Callable[..., Any]")
_T = TypeVar("_T", bound=np.generic)
_HERE = Path(__file__).parent
_config: Any = numba.config
_njit: Any = numba.njit


def _digest() -> str:
    sources = sorted(_HERE.glob("*.py"))
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


#: The digest of the package's sources: what other sources have made is not taken for ours.
SOURCES: Final = _digest()


def _place() -> str:
    if _config.CACHE_DIR:  # somebody said where
        return str(_config.CACHE_DIR)
    place = _HERE / "__pycache__" / f"compiled-{SOURCES[:16]}"
    return str(place) if os.access(_HERE, os.W_OK) else ""


_PLACE = _place()


def compiled(function: _F) -> _F:
    """The function, compiled at its first call for the types that it is called with.

    It runs without the interpreter's lock, divides as numpy does and checks no bounds.
    """
    before, _config.CACHE_DIR = _config.CACHE_DIR, _PLACE
    try:
        made: _F = _njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        _config.CACHE_DIR = before
    return made


def written_in(function: _F) -> _F:
    """The function, written into each compiled function that calls it.

    A call that hands on arrays costs more than the few instructions that a point needs.
    """
    made: _F = _njit(inline="always", error_model="numpy")(function)
    return made


def frozen(array: NDArray[_T]) -> NDArray[_T]:
    """The same numbers, contiguous and not to be written.

    Tables and positions are handed to compiled functions like this only, so that each is compiled
    for one type: numba tells arrays that may be written from those that may not.
    """
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
