"""Opens the carrier that the settings name: the operator's, or the reference carrier."""

from __future__ import annotations

from api.settings import Settings
from data_generator.carrier import read_carrier, reference_carrier
from domain.catalog import Carrier


def carrier_of(settings: Settings) -> Carrier:
    """The operator's carrier, or the reference carrier."""
    if settings.carrier_file is None:
        return reference_carrier()
    return read_carrier(settings.carrier_file)
