"""From an event to its sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases.sentences import asking, ending, placing, working

if TYPE_CHECKING:
    from grid.cases import events as e
    from grid.cases.naming import Naming
    from grid.cases.sentences.forms import Said

_SENTENCES = placing.SENTENCES | working.SENTENCES | asking.SENTENCES | ending.SENTENCES


def said(what: e.Payload, naming: Naming) -> Said:
    """The sentence of an event, and its reasons."""
    function = _SENTENCES[type(what)]
    return function(what, naming)
