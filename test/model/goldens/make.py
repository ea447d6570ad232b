"""Makes the goldens in ../fixtures/tiny-gpt2: a small random GPT-2 with its logits, loss and gradients by PyTorch.

    python make.py

Needs torch and nothing else. The reference computes in float64 from the float32 weights that it writes, so that what
differs is the implementation under test. tokenizer.json beside the goldens is gpt2Prefix(320) of src/model.
"""

import json

import torch
from gpt2 import FOLDER, forward, shapes, write_safetensors
from torch.nn import functional as F

CONFIG = {
    "model_type": "gpt2",
    "architectures": ["GPT2LMHeadModel"],
    "activation_function": "gelu_new",
    "n_layer": 2,
    "n_head": 2,
    "n_embd": 16,
    "n_inner": 40,
    "n_positions": 32,
    "vocab_size": 320,
    "layer_norm_epsilon": 1e-5,
    "bos_token_id": 319,
    "eos_token_id": 319,
}
ROWS, LENGTH = 3, 16


def random_weights(config):
    """Scaled so that attention is far from uniform and logits spread over several nats."""
    weights = {}
    for name, shape in shapes(config):
        centre = 1.0 if "ln_" in name and name.endswith("weight") else 0.0
        weights[name] = (centre + 0.3 * torch.randn(shape)).double().requires_grad_()
    return weights


torch.manual_seed(20261123)
weights = random_weights(CONFIG)
rows = torch.randint(0, CONFIG["vocab_size"], (ROWS, LENGTH + 1))
ids, targets = rows[:, :-1], rows[:, 1:]

hidden = forward(weights, CONFIG, ids)
logits = hidden @ weights["wte.weight"].T
loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
loss.backward()
log_probabilities = logits.log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)

# Ten steps of AdamW on that batch; matrices decay, embeddings, norms and biases do not.
trained = {name: weight.detach().clone().requires_grad_() for name, weight in weights.items()}
decaying = [name for name, weight in trained.items() if weight.dim() == 2 and not name.startswith("w")]
optimizer = torch.optim.AdamW(
    [
        {"params": [trained[name] for name in decaying], "weight_decay": 0.1},
        {"params": [weight for name, weight in trained.items() if name not in decaying], "weight_decay": 0.0},
    ],
    lr=1e-2,
    betas=(0.9, 0.95),
    eps=1e-8,
)
step_losses = []
for step in range(10):
    optimizer.zero_grad()
    step_logits = forward(trained, CONFIG, ids) @ trained["wte.weight"].T
    step_loss = F.cross_entropy(step_logits.flatten(0, 1), targets.flatten())
    step_loss.backward()
    torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
    optimizer.step()
    step_losses.append(step_loss.item())
    if step == 0:
        after_one = {f"adamw.{name}": weight.detach().clone() for name, weight in trained.items()}

FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
(FOLDER / "inputs.json").write_text(json.dumps({"inputIds": ids.tolist(), "targets": targets.tolist()}) + "\n")
write_safetensors(FOLDER / "model.safetensors", weights)
write_safetensors(
    FOLDER / "goldens.safetensors",
    {
        "logits": logits,  # [B, T, V]
        "loss": loss,  # [], mean nats per target
        "log_probabilities": log_probabilities,  # [B, T], of the targets, in nats
        "mean_hidden": hidden[:, 1:].mean(1),  # [B, C], over all tokens but the first
        **{f"grad.{name}": weight.grad for name, weight in weights.items()},
        "adamw_losses": torch.tensor(step_losses),  # [10], before each step
        **after_one,  # the parameters after the first step
    },
)
print(f"loss {loss.item():.4f}, logits from {logits.min().item():.2f} to {logits.max().item():.2f}")
