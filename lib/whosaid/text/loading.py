"""Loads a model of the sentence-transformers library, and looks whether it is what the spec says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer as Model
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from transformers.utils import logging as transformers_logging

from whosaid.engines import Device
from whosaid.errors import DeviceError, OutOfMemory, WeightsError
from whosaid.flops import TransformerShape
from whosaid.text import Attention, SentenceTransformer, throughput


def load_model(folder: Path, spec: SentenceTransformer, device: Device) -> Model:
    """Load the weights in a folder; WeightsError where they are not what the spec says, DeviceError where not there."""
    if device == "cuda" and not torch.cuda.is_available():
        raise DeviceError("a GPU is there, but this torch cannot use it: install a torch built for CUDA, or use cpu")
    model = _read(folder, spec, device)
    if (found := model.get_embedding_dimension()) != spec.dimension:
        raise WeightsError(f"{spec.model} makes vectors of {found} places, not {spec.dimension}: correct the profile")
    _require_device(model, device)
    if spec.attention is not None:  # not given to the load, which drops what the configuration does not name
        transformer: Any = model[0]
        transformer.auto_model.config.is_causal = spec.attention is Attention.causal
    model.max_seq_length = min(spec.max_tokens, model.max_seq_length or spec.max_tokens)
    return model.eval()


def _read(folder: Path, spec: SentenceTransformer, device: Device) -> Model:
    transformers_logging.disable_progress_bar()
    try:
        return Model(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": _dtype(device)},
        )
    except torch.OutOfMemoryError as e:
        raise OutOfMemory(f"the weights in {folder} do not fit on {device}: free memory, or use a smaller model") from e
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as e:
        raise WeightsError(
            f"the weights in {folder} cannot be loaded ({e}): delete the folder and fetch it again"
        ) from e


def _dtype(device: Device) -> torch.dtype:
    """Return half precision where the device computes in it; bfloat16 first, whose range cannot overflow."""
    if device == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _require_device(model: Model, asked: Device) -> None:
    found = {parameter.device.type for parameter in model.parameters()}
    if found != {asked}:
        raise DeviceError(
            f"the text model is on {', '.join(sorted(found))}, asked for is {asked}: check memory and driver"
        )


def load_tokenizer(model: Model, spec: SentenceTransformer) -> Tokenizer:
    """Return a copy of a model's tokenizer, set to cut and to end texts: nobody changes it again, so threads share it.

    WeightsError where the end token is not in its vocabulary.
    """
    own: Any = model.tokenizer
    tokenizer = Tokenizer.from_str(own.backend_tokenizer.to_str())
    if spec.end_token:
        tokenizer.post_processor = _ending(tokenizer, spec)
    tokenizer.no_padding()
    tokenizer.enable_truncation(model.max_seq_length or spec.max_tokens)
    return tokenizer


def _ending(tokenizer: Tokenizer, spec: SentenceTransformer) -> TemplateProcessing:
    end = tokenizer.token_to_id(spec.end_token)
    if end is None:
        raise WeightsError(f"{spec.model} has no token {spec.end_token!r}: correct the profile")
    return TemplateProcessing(single=f"$A {spec.end_token}", special_tokens=[(spec.end_token, end)])


def shape_of(model: Model) -> TransformerShape:
    """Return the sizes of a model, off its own parameters and configuration."""
    embeddings = {id(module.weight) for module in model.modules() if isinstance(module, torch.nn.Embedding)}
    weights = sum(each.numel() for each in model.parameters() if id(each) not in embeddings)
    transformer: Any = model[0]
    config = transformer.auto_model.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return TransformerShape(weights, config.num_hidden_layers, config.num_attention_heads * head)


def least_rate(weights: int, device: Device) -> float:
    """Return the tokens per second below which something is wrong on this machine, for so many weights in layers."""
    if device == "cuda":
        peak = throughput.peak_of_gpu(torch.cuda.get_device_name())
    else:
        peak = throughput.peak_of_cpu(torch.get_num_threads())
    return throughput.least_rate(peak, weights)
