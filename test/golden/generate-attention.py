# Writes attention-torch.json: models with embeddings and attention of PyTorch (torch 1.13), their
# state_dicts, inputs and outputs in float64, and what PyTorch's ONNX exporter writes of them, in base64: of
# operator set 13 with a fixed batch, and of 17 with any. Run: python3 generate-attention.py
import base64
import io
import json
import math
import os
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.manual_seed(11)
BATCH, TIME, OTHER, SIZE, HEADS, HIDDEN, WORDS = 2, 5, 4, 8, 2, 12, 9


def causal(time=TIME):
    return torch.triu(torch.full((time, time), float("-inf")), diagonal=1)


class SelfAttention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(SIZE, HEADS, batch_first=True, **options)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class TimeFirst(nn.Module):
    """Attention that has the batch as its second axis, and gives its weights, too."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(SIZE, HEADS)

    def forward(self, x):
        x = x.transpose(0, 1)
        return self.attention(x, x, x, attn_mask=causal().to(x.dtype))[0].transpose(0, 1)


class CrossAttention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(SIZE, HEADS, batch_first=True, **options)

    def forward(self, x, memory):
        return self.attention(x, memory, memory, need_weights=False)[0]


class Encoder(nn.Module):
    def __init__(self, is_causal, **options):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(SIZE, HEADS, HIDDEN, 0.0, batch_first=True, **options)
        self.is_causal = is_causal

    def forward(self, x):
        return self.block(x, causal().to(x.dtype) if self.is_causal else None)


class Decoder(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.block = nn.TransformerDecoderLayer(SIZE, HEADS, HIDDEN, 0.0, batch_first=True, **options)

    def forward(self, x, memory):
        return self.block(x, memory, tgt_mask=causal().to(x.dtype))


class LanguageModel(nn.Module):
    """Words, learned positions, two causal blocks, and a score for each word."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(WORDS, SIZE)
        self.places = nn.Parameter(torch.randn(TIME, SIZE))
        layer = nn.TransformerEncoderLayer(SIZE, HEADS, HIDDEN, 0.0, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, nn.LayerNorm(SIZE))
        self.head = nn.Linear(SIZE, WORDS)

    def forward(self, x):
        h = self.words(x) + self.places
        return self.head(self.blocks(h, causal().to(h.dtype)))


class Sinusoids(nn.Module):
    """Words times the root of their size, and sinusoidal positions, as of the paper."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(WORDS, SIZE)
        place = torch.arange(TIME).unsqueeze(1)
        rate = torch.exp(torch.arange(0, SIZE, 2) * (-math.log(10000.0) / SIZE))
        table = torch.zeros(1, TIME, SIZE)
        table[0, :, 0::2], table[0, :, 1::2] = torch.sin(place * rate), torch.cos(place * rate)
        self.register_buffer("table", table, persistent=False)
        self.block = nn.TransformerEncoderLayer(SIZE, HEADS, HIDDEN, 0.0, "gelu", batch_first=True)
        self.head = nn.Linear(SIZE, 3)

    def forward(self, x):
        h = self.words(x) * math.sqrt(SIZE) + self.table[:, : x.size(1)]
        return self.head(self.block(h).mean(dim=1))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.head = nn.Embedding(WORDS, SIZE), nn.Linear(SIZE, 3)

    def forward(self, x):
        return self.head(self.words(x).mean(dim=1))


class Padded(nn.Module):
    """Attention that leaves out word 0, which is padding."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(WORDS, SIZE, padding_idx=0)
        self.attention = nn.MultiheadAttention(SIZE, HEADS, batch_first=True)

    def forward(self, x):
        h = self.words(x)
        return self.attention(h, h, h, key_padding_mask=x == 0, need_weights=False)[0]


class Written(nn.Module):
    """A causal attention of products of its own, as small language models have it."""

    def __init__(self):
        super().__init__()
        self.attend, self.project = nn.Linear(SIZE, 3 * SIZE), nn.Linear(SIZE, SIZE)
        self.norm = nn.LayerNorm(SIZE)
        self.register_buffer("seen", torch.tril(torch.ones(TIME, TIME)).view(1, 1, TIME, TIME), persistent=False)

    def forward(self, x):
        b, t, c = x.size()
        q, k, v = self.attend(self.norm(x)).split(SIZE, dim=2)
        q, k, v = (part.view(b, t, HEADS, c // HEADS).transpose(1, 2) for part in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(self.seen[:, :, :t, :t] == 0, float("-inf"))
        y = (F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(b, t, c)
        return x + self.project(y)


class Apart(nn.Module):
    """Heads of three products, as of BERT, without a last product."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(SIZE, SIZE) for _ in range(3))

    def forward(self, x):
        def heads(linear):
            h = linear(x)
            return h.view(h.size()[:-1] + (HEADS, SIZE // HEADS)).permute(0, 2, 1, 3)

        scores = heads(self.query) @ heads(self.key).transpose(-1, -2) / math.sqrt(SIZE // HEADS)
        y = (scores.softmax(-1) @ heads(self.value)).permute(0, 2, 1, 3).contiguous()
        return y.view(y.size()[:-2] + (SIZE,)) + x


sequence, memory = lambda: torch.randn(BATCH, TIME, SIZE), lambda: torch.randn(BATCH, OTHER, SIZE)
words = lambda: torch.randint(0, WORDS, (BATCH, TIME))
padded = lambda: torch.tensor([[3, 1, 4, 0, 0], [5, 2, 8, 6, 0]])
models = {
    "self attention": (SelfAttention(), sequence),
    "without bias": (SelfAttention(bias=False), sequence),
    "time first": (TimeFirst(), sequence),
    "cross attention": (CrossAttention(), sequence, memory),
    "cross attention of another size": (
        CrossAttention(kdim=6, vdim=6),
        sequence,
        lambda: torch.randn(BATCH, OTHER, 6),
    ),
    "encoder, norm first": (Encoder(False, activation="gelu", norm_first=True), sequence),
    "encoder, norm last": (Encoder(False, activation="relu"), sequence),
    "encoder, causal": (Encoder(True, activation="gelu", norm_first=True), sequence),
    "decoder, norm first": (Decoder(activation="gelu", norm_first=True), sequence, memory),
    "decoder, norm last": (Decoder(activation="relu"), sequence, memory),
    "language model": (LanguageModel(), words),
    "sinusoids": (Sinusoids(), words),
    "classifier": (Classifier(), words),
    "padded": (Padded(), padded),
    "written out": (Written(), sequence),
    "heads apart": (Apart(), sequence),
}


def numbers(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{value:.8g}") for value in tensor.flatten().tolist()]}


def exported(model, inputs, dynamic):
    file = io.BytesIO()
    names = ["x", "memory"][: len(inputs)]
    axes = {name: {0: "batch"} for name in [*names, "y"]} if dynamic else None
    # Where a block is not in training, this version exports it as an operator of its own, which ONNX does not
    # have.
    model.train()
    torch.onnx.export(
        model,
        inputs,
        file,
        input_names=names,
        output_names=["y"],
        opset_version=17 if dynamic else 13,
        dynamic_axes=axes,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=True,
    )
    return base64.b64encode(file.getvalue()).decode()


def main():
    cases = {}
    for name, (model, *makers) in models.items():
        for parameter in model.parameters():
            nn.init.normal_(parameter, 0, 0.4) if parameter.dim() < 2 else None
        if name == "padded":
            model.words.weight.data[0] = 0
        inputs = tuple(make() for make in makers)
        doubles = tuple(x.double() if x.is_floating_point() else x for x in inputs)
        y = model.train().double()(*doubles).detach()
        model.float()
        files = {"fixed": exported(model, inputs, False), "open": exported(model, inputs, True)}
        state = {key: numbers(value) for key, value in model.state_dict().items()}
        cases[name] = {"inputs": [numbers(x) for x in inputs], "y": numbers(y), "state": state, "files": files}
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "attention-torch.json"), "w") as file:
        json.dump(cases, file, separators=(",", ":"))


main()
