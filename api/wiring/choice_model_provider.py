"""Choice model provider: the choice model of the live build, which comes and goes with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from api.services import BuiltCustomers
from domain.choice import PART_WORTHS_ID, PRIOR, ChoiceModel, PartWorths


@dataclass(slots=True)
class ChoiceModelProvider:
    """The choice model of the live build, calibrated once per build. May be called by threads."""

    customers: BuiltCustomers
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: tuple[str, ChoiceModel] | None = None

    def __call__(self) -> ChoiceModel:
        """The model of the build that is live now. Raises DatasetMissing without one."""
        version = self.customers.version
        with self._lock:
            if self._made is None or self._made[0] != version:
                self._made = version, self._make()
            return self._made[1]

    def _make(self) -> ChoiceModel:
        fitted = self.customers.choice_model(PART_WORTHS_ID)
        part_worths = PartWorths.model_validate_json(fitted) if fitted else PRIOR
        people, carrier = self.customers.respondents(), self.customers.carrier
        return ChoiceModel.calibrated(part_worths, people, carrier)
