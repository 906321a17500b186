# Loads state_dicts of lanewise into modules of PyTorch: NAME.safetensors and NAME.in0, NAME.in1 of a folder,
# the rows that a module is given; writes NAME.out, what it makes of them, as float32. Prints the names.
import json
import struct
import sys

import torch
from torch import nn

SIZE, HEADS, HIDDEN, WORDS = 8, 2, 12, 9
folder = sys.argv[1]


def state_dict(path):
    """The tensors of a safetensors file, without the library that reads them."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    head.pop("__metadata__", None)
    tensors = {}
    for name, entry in head.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(entry["shape"])
    return tensors


class Attention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(SIZE, HEADS, batch_first=True, **options)

    def forward(self, x, memory=None):
        memory = x if memory is None else memory
        return self.attention(x, memory, memory, need_weights=False)[0]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(WORDS, SIZE)
        options = dict(activation="gelu", batch_first=True, dropout=0.0)
        layer = nn.TransformerEncoderLayer(SIZE, HEADS, HIDDEN, norm_first=True, **options)
        self.blocks = nn.TransformerEncoder(layer, 2, nn.LayerNorm(SIZE))
        self.head = nn.Linear(SIZE, WORDS)

    def forward(self, x):
        time = x.size(1)
        mask = torch.triu(torch.full((time, time), float("-inf")), diagonal=1)
        return self.head(self.blocks(self.words(x.long()), mask))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        options = dict(activation="relu", batch_first=True, dropout=0.0)
        self.block = nn.TransformerDecoderLayer(SIZE, HEADS, HIDDEN, **options)

    def forward(self, x, memory):
        time = x.size(1)
        return self.block(x, memory, torch.triu(torch.full((time, time), float("-inf")), diagonal=1))


shapes = {"x": (20, 5, SIZE), "memory": (20, 4, SIZE), "narrow": (20, 4, 6), "words": (20, 5)}
models = {
    "attention": (Attention(), "x"),
    "attention-without-bias": (Attention(bias=False), "x"),
    "cross-attention": (Attention(), "x", "memory"),
    "cross-attention-narrow": (Attention(kdim=6, vdim=6), "x", "narrow"),
    "language-model": (Model(), "words"),
    "decoder": (Decoder(), "x", "memory"),
}
for name, (model, *inputs) in models.items():
    model.load_state_dict(state_dict(f"{folder}/{name}.safetensors"))
    given = [
        torch.frombuffer(bytearray(open(f"{folder}/{name}.in{i}", "rb").read()), dtype=torch.float32).reshape(shapes[kind])
        for i, kind in enumerate(inputs)
    ]
    # In training, without dropout: the blocks then compute as they are written, not by a kernel of their own.
    with torch.no_grad():
        y = model.train()(*given)
    y.contiguous().numpy().astype("<f4").tofile(f"{folder}/{name}.out")
    print(f"module {name}")
