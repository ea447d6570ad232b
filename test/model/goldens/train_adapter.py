"""Makes adapter-goldens.safetensors in ../fixtures/tiny-gpt2: LoRA over that model, ten steps of AdamW on its batch.

    python train_adapter.py

Needs torch and nothing else. The reference computes in float64 from the float32 weights that make.py and it write.
Matrices decay, and an adapter's are matrices.
"""

import json

import torch
from gpt2 import FOLDER, forward, linear_layers, read_safetensors, write_safetensors
from torch.nn import functional as F

R, ALPHA = 4, 6
TARGETS = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]

config = json.loads((FOLDER / "config.json").read_text())
inputs = json.loads((FOLDER / "inputs.json").read_text())
ids, targets = torch.tensor(inputs["inputIds"]), torch.tensor(inputs["targets"])
weights = read_safetensors(FOLDER / "model.safetensors")

torch.manual_seed(20261125)
matrices = {}
for layer in range(config["n_layer"]):
    for target in TARGETS:
        name = f"h.{layer}.{target}"
        width, height = weights[f"{name}.weight"].shape
        matrices[f"{name}.lora_A.weight"] = (0.3 * torch.randn(R, width)).float().double().requires_grad_()
        matrices[f"{name}.lora_B.weight"] = (0.3 * torch.randn(height, R)).float().double().requires_grad_()
initial = {name: matrix.detach().clone() for name, matrix in matrices.items()}


def linear(x, name):
    a, b = (matrices[f"{name}.lora_{side}.weight"] for side in "AB")
    return linear_layers(weights)(x, name) + (x @ a.T @ b.T) * (ALPHA / R)


optimizer = torch.optim.AdamW(matrices.values(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
losses = []
for step in range(10):
    optimizer.zero_grad()
    logits = forward(weights, config, ids, linear) @ weights["wte.weight"].T
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    loss.backward()
    if step == 0:
        gradients = {f"grad.{name}": matrix.grad.clone() for name, matrix in matrices.items()}
    torch.nn.utils.clip_grad_norm_(matrices.values(), 1.0)
    optimizer.step()
    losses.append(loss.item())
    if step == 0:
        after_one = {f"adamw.{name}": matrix.detach().clone() for name, matrix in matrices.items()}

write_safetensors(
    FOLDER / "adapter-goldens.safetensors",
    {
        **initial,
        **gradients,  # of the mean loss, before the first step
        **after_one,  # the matrices after the first step
        "adamw_losses": torch.tensor(losses),  # [10], before each step
    },
)
print(" ".join(f"{loss:.4f}" for loss in losses))
