"""Makes ../fixtures/pytorch: the weights of ../fixtures/tiny-gpt2 in the forms in which torch.save has left them.

    python pytorch.py

Needs torch (made with 2.13) and nothing else.
"""

import json
import struct
from pathlib import Path

import torch

FIXTURES = Path(__file__).parent.parent / "fixtures"
BASE, FOLDER = FIXTURES / "tiny-gpt2", FIXTURES / "pytorch"


def read_safetensors(file):
    raw = file.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__")
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        yield name, torch.frombuffer(bytearray(raw[begin:end]), dtype=torch.float32).reshape(entry["shape"])


weights = dict(read_safetensors(BASE / "model.safetensors"))
FOLDER.mkdir(exist_ok=True)

# As Python's transformers saved GPT2LMHeadModel for years: a prefix, causal masks, and the tied head once more.
whole = {f"transformer.{name}": torch.nn.Parameter(tensor) for name, tensor in weights.items()}
for layer in range(2):
    whole[f"transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, 32, 32, dtype=torch.uint8).tril()
    whole[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
whole["lm_head.weight"] = whole["transformer.wte.weight"]
(FOLDER / "whole").mkdir(exist_ok=True)
torch.save(whole, FOLDER / "whole" / "pytorch_model.bin")
torch.save(weights, FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)

# Views of one storage, transposed ones, and one after another type, in what a training script wraps around them.
flat = torch.cat([tensor.flatten() for tensor in weights.values()])
views, at = {}, 0
for name, tensor in weights.items():
    views[f"module.transformer.{name}"] = flat[at : at + tensor.numel()].view(tensor.shape)
    at += tensor.numel()
for layer in range(2):
    for name in ["mlp.c_fc", "mlp.c_proj"]:
        full = f"h.{layer}.{name}.weight"
        views[f"module.transformer.{full}"] = weights[full].T.contiguous().T
torch.save({"epoch": 3, "state_dict": views, "loss": 1.5}, FOLDER / "views.pt")

kinds = [torch.float16, torch.bfloat16, torch.float64]
mixed = {name: tensor.to(kinds[index % 3]) for index, (name, tensor) in enumerate(weights.items())}
torch.save(mixed, FOLDER / "mixed.pt")

(FOLDER / "sharded").mkdir(exist_ok=True)
names = list(weights)
shards = {f"pytorch_model-0000{index}-of-00002.bin": names[index - 1 :: 2] for index in (1, 2)}
for file, part in shards.items():
    torch.save({name: weights[name] for name in part}, FOLDER / "sharded" / file)
weight_map = {name: file for file, part in shards.items() for name in part}
index = {"metadata": {"total_size": 4 * flat.numel()}, "weight_map": weight_map}
(FOLDER / "sharded" / "pytorch_model.bin.index.json").write_text(json.dumps(index))
