"""Reaches two levels up."""
from .. import NAME
from ..leaf import LEAF


def where():
    """What it found."""
    return f"{__name__} in {__package__} sees {NAME} and {LEAF}"
