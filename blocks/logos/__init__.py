"""The logos of the blocks. Prefect's client takes web addresses alone, so `make serve` answers for these."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import HttpUrl

FOLDER: Final = Path(__file__).parent
SITE: Final = "http://127.0.0.1:4210"
"""Where `make serve` answers on this machine, with the logos and with the demo channel."""


def logo(name: str) -> HttpUrl:
    """Return the address of a logo, which lies beside this file as `name.svg`."""
    return HttpUrl(f"{SITE}/logos/{name}.svg")
