"""What all tests share."""

import sys

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    """Keep hypothesis from importing speechbrain's lazy modules: it asks every loaded module for its file.

    speechbrain leaves placeholders in sys.modules that import, warn or fail when any attribute is read.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("speechbrain."):
            vars(module).setdefault("__file__", None)
