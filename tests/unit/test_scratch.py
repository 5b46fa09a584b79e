"""Scratch folders: one's own while one lives, found when one has died."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from whosaid.media.scratch import find_leftovers, own_scratch

HOLD = """
import sys, time
from pathlib import Path
from whosaid.media.scratch import own_scratch
with own_scratch(Path(sys.argv[1]), "the owner") as folder:
    (folder / "fetch-1").mkdir()
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_folder_is_gone_at_the_end(tmp_path: Path) -> None:
    """Two at once have each their own."""
    with own_scratch(tmp_path) as one, own_scratch(tmp_path) as other:
        assert one != other
        (one / "file").touch()
    assert not [each for each in tmp_path.iterdir() if each.is_dir()]


def test_what_lives_is_no_leftover(tmp_path: Path) -> None:
    """Neither for others nor for the process that holds it, however often it looks."""
    with own_scratch(tmp_path, "mine") as own:
        assert find_leftovers(tmp_path) == find_leftovers(tmp_path) == ()
        (own / "file").write_text("still there")


def test_a_killed_process_leaves_what_is_found(tmp_path: Path) -> None:
    """With its owner; one without a lock, as of an older version, is left over too. Removed, it is gone."""
    (tmp_path / "fetch-old").mkdir()
    killed = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with killed:
        assert killed.stdout
        folder = Path(killed.stdout.readline().strip())
        assert [each.folder.name for each in find_leftovers(tmp_path)] == ["fetch-old"]
        killed.kill()
    found = find_leftovers(tmp_path)
    assert {each.folder: each.owner for each in found} == {tmp_path / "fetch-old": "", folder: "the owner"}
    for each in found:
        each.remove()
    assert find_leftovers(tmp_path) == ()


def test_there_need_be_no_folder(tmp_path: Path) -> None:
    """A data directory in which nothing ever ran holds no leftovers, and gets no folder by looking."""
    assert find_leftovers(tmp_path / "scratch") == ()
    assert not (tmp_path / "scratch").exists()
