"""Weights are the pinned ones, or none."""

from pathlib import Path

import pytest
from httpx import ReadTimeout

from whosaid.errors import WeightsError
from whosaid.weights import Weights, digest_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tmp_path / "models" / "demo" / "tiny"
    (model / "sub").mkdir(parents=True)
    (model / "weights.bin").write_bytes(b"\x00\x01")
    (model / "sub" / "config.json").write_text("{}")
    return model


def test_weights_are_found_by_name_and_content(folder: Path, tmp_path: Path) -> None:
    """A folder named like the model, with the pinned contents, is the model; also through a link."""
    weights = Weights(tmp_path / "models")
    assert weights.locate("demo/tiny", digest_of(folder)) == folder
    (tmp_path / "models" / "link").symlink_to(folder, target_is_directory=True)
    assert weights.locate("link", digest_of(folder)) == tmp_path / "models" / "link"


@pytest.mark.parametrize("change", ["content", "name", "more", "less"])
def test_changed_weights_are_refused(folder: Path, tmp_path: Path, change: str) -> None:
    """Any other content, name, further or missing file is not the pinned model."""
    pinned, file = digest_of(folder), folder / "weights.bin"
    match change:
        case "content":
            file.write_bytes(b"\x00\x02")
        case "name":
            file.rename(folder / "other.bin")
        case "more":
            (folder / "more").touch()
        case _:
            file.unlink()
    with pytest.raises(WeightsError, match=r"pinned is sha256:.* restore the folder"):
        Weights(tmp_path / "models").locate("demo/tiny", pinned)


def test_caches_of_python_are_not_weights(folder: Path) -> None:
    """Bytecode that an import left behind changes nothing."""
    before = digest_of(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").touch()
    assert digest_of(folder) == before


def test_absent_weights_are_an_error_with_a_remedy(tmp_path: Path) -> None:
    """Nothing is fetched for a local pin, and the message says what to do."""
    with pytest.raises(WeightsError, match=r"no weights of demo/tiny in .* run `make demo`"):
        Weights(tmp_path).locate("demo/tiny", "sha256:0")


def test_a_model_of_the_hub_is_an_error_where_there_is_no_hub(tmp_path: Path) -> None:
    """Offline and not in the cache: typed, with the remedy, and no download."""
    with pytest.raises(WeightsError, match="cannot be had from the model hub"):
        Weights(tmp_path, offline=True).locate("someone/model", "0" * 40)


def test_a_connection_that_breaks_is_said_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a download, too; it is not taken for a Prefect server that is gone."""

    def broken(*_: object, **__: object) -> str:
        raise ReadTimeout("the read operation timed out")

    monkeypatch.setattr("huggingface_hub.snapshot_download", broken)
    with pytest.raises(WeightsError, match=r"cannot be had from the model hub \(ReadTimeout\)"):
        Weights(tmp_path).locate("someone/model", "0" * 40)


def test_the_token_is_never_shown(tmp_path: Path) -> None:
    """Weights are printed in logs; their token is not."""
    assert "hf_secret" not in repr(Weights(tmp_path, token="hf_secret"))
