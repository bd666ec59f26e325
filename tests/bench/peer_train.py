#!/usr/bin/python3
"""The PyTorch peer of `rote bench train`: the same decoder, written as it usually is.

Plain nn.Module layers, float32, batches padded to their longest sequence, AdamW with clipping.
The input has one sequence of tokens per line; the model learns to predict each token from those
before it. Prints one JSON line: positions that were trained on ("work", padding not counted; "positions" with
it) and seconds, the first batch left out.
"""
import argparse
import json
import sys
import time

try:
    import torch
except ImportError:
    print(json.dumps({"absent": "python3-torch is not installed"}))
    sys.exit(0)
from torch import nn
from torch.nn import functional as F

IGNORED = -100


class Attention(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, nn.Dropout(dropout)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x, hidden_from):
        batch, n, width = x.shape
        q, k, v = (t.view(batch, n, self.heads, -1).transpose(1, 2)
                   for t in self.qkv(x).chunk(3, dim=-1))
        score = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        share = self.dropout(score.masked_fill(hidden_from, float("-inf")).softmax(-1))
        return self.out((share @ v).transpose(1, 2).reshape(batch, n, width))


class Layer(nn.Module):
    def __init__(self, width, heads, inner, dropout):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.mlp = nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Dropout(dropout),
                                 nn.Linear(inner, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, hidden_from):
        x = x + self.dropout(self.attention(self.norm1(x), hidden_from))
        return x + self.dropout(self.mlp(self.norm2(x)))


class Decoder(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.embed = nn.Embedding(o.vocab, o.width)
        self.position = nn.Embedding(o.positions, o.width)
        nn.init.normal_(self.embed.weight, std=0.02)
        nn.init.normal_(self.position.weight, std=0.02)
        self.dropout, self.norm = nn.Dropout(o.dropout), nn.LayerNorm(o.width)
        self.layers = nn.ModuleList(Layer(o.width, o.heads, o.inner, o.dropout)
                                    for _ in range(o.layers))

    def forward(self, token):
        n = token.shape[1]
        x = self.dropout(self.embed(token) + self.position(torch.arange(n)))
        hidden_from = torch.ones(n, n, dtype=torch.bool).triu(1)
        for layer in self.layers:
            x = layer(x, hidden_from)
        return self.norm(x) @ self.embed.weight.T


def padded(rows, value):
    return nn.utils.rnn.pad_sequence([torch.tensor(r) for r in rows], batch_first=True,
                                     padding_value=value)


def step(model, optimizer, rows):
    token = padded([r[:-1] for r in rows], 0)
    target = padded([r[1:] for r in rows], IGNORED)
    logits = model(token)
    loss = F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORED)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return sum(len(r) - 1 for r in rows), token.numel()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("file")
    for name, default in (("vocab", 1028), ("width", 128), ("layers", 4), ("heads", 4),
                          ("inner", 512), ("positions", 84), ("batch", 256), ("batches", 4),
                          ("threads", 2)):
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--dropout", type=float, default=0.2)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    with open(o.file, encoding="ascii") as f:
        rows = [[int(w) for w in line.split()] for line in f]
    model = Decoder(o)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98))
    work, positions, start, cpu = 0, 0, time.perf_counter(), time.process_time()
    for b in range(o.batches + 1):
        chosen = torch.randint(len(rows), (min(o.batch, len(rows)),)).tolist()
        done, padded_to = step(model, optimizer, [rows[i] for i in chosen])
        if b == 0:  # warm-up
            start, cpu = time.perf_counter(), time.process_time()
        else:
            work += done
            positions += padded_to
    print(json.dumps({"work": work, "positions": positions, "seconds": time.perf_counter() - start,
                      "cpu_seconds": time.process_time() - cpu}))


main()
