"""A GPT-2 in PyTorch, as short as it can be, and the files that it reads and writes. Needs torch and nothing else."""

import json
import struct
from pathlib import Path

import torch
from torch.nn import functional as F

FOLDER = Path(__file__).parent.parent / "fixtures" / "tiny-gpt2"


def shapes(config):
    channels, inner = config["n_embd"], config["n_inner"]
    yield "wte.weight", (config["vocab_size"], channels)
    yield "wpe.weight", (config["n_positions"], channels)
    for layer in range(config["n_layer"]):
        for name, width_in, width_out in [
            ("ln_1", None, channels),
            ("attn.c_attn", channels, 3 * channels),
            ("attn.c_proj", channels, channels),
            ("ln_2", None, channels),
            ("mlp.c_fc", channels, inner),
            ("mlp.c_proj", inner, channels),
        ]:
            yield f"h.{layer}.{name}.weight", (width_out,) if width_in is None else (width_in, width_out)
            yield f"h.{layer}.{name}.bias", (width_out,)
    yield "ln_f.weight", (channels,)
    yield "ln_f.bias", (channels,)


def linear_layers(w):
    """x·W + b of the layer with that name."""
    return lambda x, name: x @ w[f"{name}.weight"] + w[f"{name}.bias"]


def forward(w, config, ids, linear=None):
    """The hidden state after ln_f, [B, T, C]."""
    rows, length = ids.shape
    channels, heads = config["n_embd"], config["n_head"]

    def norm(x, name):
        return F.layer_norm(x, (channels,), w[f"{name}.weight"], w[f"{name}.bias"], config["layer_norm_epsilon"])

    linear = linear or linear_layers(w)

    x = w["wte.weight"][ids] + w["wpe.weight"][:length]
    for layer in range(config["n_layer"]):
        h = f"h.{layer}"
        packed = linear(norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn")
        q, k, v = (part.view(rows, length, heads, -1).transpose(1, 2) for part in packed.split(channels, dim=2))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(rows, length, channels)
        x = x + linear(mixed, f"{h}.attn.c_proj")
        inner = F.gelu(linear(norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc"), approximate="tanh")
        x = x + linear(inner, f"{h}.mlp.c_proj")
    return norm(x, "ln_f")


def write_safetensors(file, tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().float().contiguous()
        raw = struct.pack(f"<{values.numel()}f", *values.flatten().tolist())
        header[name] = {
            "dtype": "F32",
            "shape": list(values.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(file):
    """Tensors of 32-bit floats, as float64."""
    raw = file.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(raw[begin:end]), dtype=torch.float32).view(entry["shape"]).double()
    return tensors
