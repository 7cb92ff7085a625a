"""Key file: API keys as lines of a file, such as a mounted secret, read anew whenever asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import Unavailable
from domain.keys import ApiKey, read_line


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Keys as domain.keys.write_line writes them; blank lines and those that begin with # are none.

    Raises Unavailable when the file cannot be read or a line is no key.
    """

    path: Path

    def keys(self) -> dict[str, ApiKey]:
        """Every key in the file by its id. Blocks."""
        return {key.id: key for key in map(self._key, self._lines())}

    def _lines(self) -> list[tuple[int, str]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            remedy = "see that CDT_API_KEYS_FILE names a text file this process may read"
            raise Unavailable("the key file", remedy) from error
        lines = enumerate((line.strip() for line in text.splitlines()), start=1)
        return [(number, line) for number, line in lines if line and not line.startswith("#")]

    def _key(self, numbered: tuple[int, str]) -> ApiKey:
        number, line = numbered
        try:
            return read_line(line, datetime.now(UTC))
        except ValueError:
            remedy = "write it as `twin keys create --as-line` prints it, or leave it out"
            # Without its cause: that may quote the line.
            raise Unavailable(f"line {number} of the key file", remedy) from None
