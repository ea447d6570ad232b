"""The stricter peer: GPT-2 written by hand in PyTorch, with nothing that it does not need. Usage: python pytorch_peer.py full|lora"""

import sys

import torch
from steps import VOCABULARY, answer, token_rows
from torch import nn
from torch.nn import functional as F

CHANNELS, LAYERS, HEADS, POSITIONS = 768, 12, 12, 1024
RANK, SCALE = (8, 2.0) if sys.argv[1] == "lora" else (0, 0.0)


class Linear(nn.Module):
    """x·W + b, with a low-rank adapter beside it where there is a rank."""

    def __init__(self, width, height):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, height) * 0.02, requires_grad=not RANK)
        self.bias = nn.Parameter(torch.zeros(height), requires_grad=not RANK)
        if RANK:
            self.a = nn.Parameter(torch.randn(RANK, width) * 0.02)
            self.b = nn.Parameter(torch.zeros(height, RANK))

    def forward(self, x):
        y = torch.addmm(self.bias, x.flatten(0, -2), self.weight).view(*x.shape[:-1], -1)
        return y + SCALE * F.linear(F.linear(x, self.a), self.b) if RANK else y


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(CHANNELS), nn.LayerNorm(CHANNELS)
        self.attention, self.projection = Linear(CHANNELS, 3 * CHANNELS), Linear(CHANNELS, CHANNELS)
        self.inner, self.outer = Linear(CHANNELS, 4 * CHANNELS), Linear(4 * CHANNELS, CHANNELS)

    def forward(self, x):
        rows, length, _ = x.shape
        packed = self.attention(self.ln_1(x)).split(CHANNELS, dim=2)
        q, k, v = (part.view(rows, length, HEADS, -1).transpose(1, 2) for part in packed)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(mixed.transpose(1, 2).reshape(rows, length, CHANNELS))
        return x + self.outer(F.gelu(self.inner(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.places = nn.Embedding(VOCABULARY, CHANNELS), nn.Embedding(POSITIONS, CHANNELS)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.last = nn.LayerNorm(CHANNELS)
        for table in [self.tokens, self.places]:
            nn.init.normal_(table.weight, std=0.02)
        if RANK:
            for part in [self.tokens, self.places, self.last, *(m for m in self.modules() if isinstance(m, nn.LayerNorm))]:
                part.requires_grad_(False)

    def forward(self, ids, labels):
        hidden = self.last(self.blocks(self.tokens(ids) + self.places(torch.arange(ids.size(1)))))
        return F.cross_entropy(F.linear(hidden, self.tokens.weight).flatten(0, 1), labels.flatten())


rows = token_rows(129)
ids, labels = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
model = Gpt2()
answer(model.parameters(), lambda: model(ids, labels))
