# Writes padding-onnx.json: models of sequences with padding as PyTorch's ONNX exporter writes them (torch
# 1.13), in base64, of operator set 13 with a fixed batch and of 17 with any, with inputs and PyTorch's outputs
# for them in float64. Run: python3 generate-padding.py
import base64
import io
import json
import os
import warnings

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

warnings.filterwarnings("ignore")
torch.manual_seed(29)
BATCH, TIME, OTHER, SIZE, HEADS, HIDDEN, WORDS = 3, 5, 4, 8, 2, 12, 9


def blocks(count=1, **options):
    layer = nn.TransformerEncoderLayer(SIZE, HEADS, HIDDEN, 0.0, "gelu", batch_first=True, **options)
    return nn.TransformerEncoder(layer, count, enable_nested_tensor=False)


def causal():
    return torch.triu(torch.full((TIME, TIME), float("-inf")), diagonal=1)


class Words(nn.Module):
    """Something behind an embedding whose word 0 is padding."""

    def __init__(self, *modules):
        super().__init__()
        self.words = nn.Embedding(WORDS, SIZE, padding_idx=0)
        self.parts = nn.ModuleList(modules)


class Encoder(Words):
    def __init__(self, is_causal, **options):
        super().__init__(blocks(2, **options))
        self.is_causal = is_causal

    def forward(self, x):
        h = self.words(x)
        mask = causal().to(h.dtype) if self.is_causal else None
        return self.parts[0](h, mask, src_key_padding_mask=x == 0)


class Classifier(Words):
    """The mean over real steps, or over all."""

    def __init__(self, is_masked):
        super().__init__(blocks(), nn.Linear(SIZE, 3))
        self.is_masked = is_masked

    def forward(self, x):
        h = self.parts[0](self.words(x), src_key_padding_mask=x == 0)
        if not self.is_masked:
            return self.parts[1](h.mean(1))
        real = (x != 0).unsqueeze(-1).to(h.dtype)
        return self.parts[1]((h * real).sum(1) / real.sum(1).clamp(min=1))


class Largest(Words):
    def forward(self, x):
        return self.words(x).masked_fill((x == 0).unsqueeze(-1), float("-inf")).max(dim=1)[0]


class Cleared(Words):
    """Steps of padding set to 0 on the way."""

    def __init__(self):
        super().__init__(nn.Linear(SIZE, SIZE))

    def forward(self, x):
        return self.parts[0](self.words(x)) * (x != 0).unsqueeze(-1)


class Packed(Words):
    """All outputs and the last state of a recurrent module on real steps alone."""

    def __init__(self, rnn, is_both=False):
        super().__init__(rnn)
        self.is_both = is_both

    def forward(self, x):
        lengths = (x != 0).sum(1)
        packed = pack_padded_sequence(self.words(x), lengths, batch_first=True, enforce_sorted=False)
        y, state = self.parts[0](packed)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=TIME)
        h = state[0] if isinstance(state, tuple) else state
        return torch.cat((y.flatten(1), h[-1]), 1) if self.is_both else y


class Read(nn.Module):
    """A recurrent module with lengths as an input."""

    def __init__(self, rnn, takes):
        super().__init__()
        self.rnn, self.takes = rnn, takes

    def forward(self, x, lengths):
        y, state = self.rnn(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=True))
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=TIME)
        return self.takes(y, state[0] if isinstance(state, tuple) else state)


class Convolved(nn.Module):
    """A mask of words that a convolution stands behind."""

    def __init__(self):
        super().__init__()
        self.words, self.conv = nn.Embedding(WORDS, SIZE, padding_idx=0), nn.Conv1d(SIZE, SIZE, 3, padding=1)
        self.attention = nn.MultiheadAttention(SIZE, HEADS, batch_first=True)

    def forward(self, x):
        h = self.conv(self.words(x).transpose(1, 2)).transpose(1, 2)
        return self.attention(h, h, h, key_padding_mask=x == 0, need_weights=False)[0]


class Masked(nn.Module):
    """A mask of true for padding as an input."""

    def __init__(self):
        super().__init__()
        self.blocks = blocks(2)

    def forward(self, x, mask):
        return self.blocks(x, src_key_padding_mask=mask)


class Sentence(nn.Module):
    """A mask of 1 for real steps as an input, as of models of sentences."""

    def __init__(self):
        super().__init__()
        self.words, self.query, self.key, self.value = nn.Embedding(WORDS, SIZE), *(nn.Linear(SIZE, SIZE) for _ in range(3))

    def forward(self, x, mask):
        h = self.words(x)
        heads = lambda linear: linear(h).view(-1, TIME, HEADS, SIZE // HEADS).permute(0, 2, 1, 3)
        hidden = (1.0 - mask[:, None, None, :].to(h.dtype)) * -10000.0
        scores = heads(self.query) @ heads(self.key).transpose(-1, -2) / 2.0 + hidden
        y = (scores.softmax(-1) @ heads(self.value)).permute(0, 2, 1, 3).reshape(-1, TIME, SIZE)
        real = mask.unsqueeze(-1).expand(y.size()).to(h.dtype)
        return torch.sum(y * real, 1) / torch.clamp(real.sum(1), min=1e-9)


class Counted(nn.Module):
    """A mask that is made of lengths."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(SIZE, HEADS, batch_first=True)

    def forward(self, x, lengths):
        mask = torch.arange(TIME).unsqueeze(0) >= lengths.unsqueeze(1)
        y = self.attention(x, x, x, key_padding_mask=mask, need_weights=False)[0]
        real = (~mask).unsqueeze(-1).to(y.dtype)
        return (y * real).sum(1) / lengths.unsqueeze(1).to(y.dtype)


class Above(Words):
    """Words above 0, which are all but padding."""

    def forward(self, x):
        real = (x > 0).unsqueeze(-1).float()
        return (self.words(x) * real).sum(1) / real.sum(1)


class Decoder(nn.Module):
    """A memory with padding."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(WORDS, SIZE, padding_idx=0)
        self.block = nn.TransformerDecoderLayer(SIZE, HEADS, HIDDEN, 0.0, "gelu", batch_first=True, norm_first=True)

    def forward(self, x, source):
        mask = causal().to(x.dtype)
        return self.block(x, self.words(source), tgt_mask=mask, memory_key_padding_mask=source == 0)


sequence = lambda: torch.randn(BATCH, TIME, SIZE)
words = lambda: torch.tensor([[3, 1, 4, 0, 0], [5, 2, 8, 6, 7], [2, 0, 0, 0, 0]])
others = lambda: torch.tensor([[3, 1, 4, 0], [5, 2, 0, 0], [2, 6, 8, 1]])
lengths = lambda: torch.tensor([5, 3, 2])
padding = lambda: torch.tensor([[False, False, True, True, True], [False] * 5, [False] * 4 + [True]])
models = {
    "encoder, norm first": (Encoder(False, norm_first=True), words),
    "encoder, norm last": (Encoder(False), words),
    "encoder, causal": (Encoder(True, norm_first=True), words),
    "mean of real steps": (Classifier(True), words),
    "mean of all steps": (Classifier(False), words),
    "largest of real steps": (Largest(), words),
    "steps set to 0": (Cleared(), words),
    "packed LSTM, both directions": (Packed(nn.LSTM(SIZE, 4, batch_first=True, bidirectional=True)), words),
    "packed GRU, outputs and state": (Packed(nn.GRU(SIZE, 4, batch_first=True), True), words),
    "packed RNN of two layers": (Packed(nn.RNN(SIZE, 4, 2, batch_first=True)), words),
    "lengths, last state": (Read(nn.LSTM(SIZE, 4, batch_first=True), lambda y, h: h[-1]), sequence, lengths),
    "lengths, outputs": (Read(nn.GRU(SIZE, 4, batch_first=True), lambda y, h: y), sequence, lengths),
    "lengths, both": (
        Read(nn.LSTM(SIZE, 4, batch_first=True), lambda y, h: torch.cat((y.flatten(1), h[-1]), 1)),
        sequence,
        lengths,
    ),
    "a convolution between": (Convolved(), words),
    "mask of true and false": (Masked(), sequence, padding),
    "mask of 1 and 0": (Sentence(), words, lambda: (~padding()).long()),
    "decoder": (Decoder(), sequence, others),
    "mask of lengths": (Counted(), sequence, lengths),
    "words above 0": (Above(), words),
}


def numbers(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{value:.8g}") for value in tensor.flatten().tolist()]}


def exported(model, inputs, dynamic):
    file = io.BytesIO()
    names = ["x", "other"][: len(inputs)]
    axes = {name: {0: "batch"} for name in [*names, "y"]} if dynamic else None
    # Where a block is not in training, this version exports it as an operator of its own, which ONNX does not
    # have.
    torch.onnx.export(
        model.train(),
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
        inputs = tuple(make() for make in makers)
        doubles = tuple(x.double() if x.is_floating_point() else x for x in inputs)
        y = model.train().double()(*doubles).detach()
        model.float()
        files = {"fixed": exported(model, inputs, False), "open": exported(model, inputs, True)}
        cases[name] = {"inputs": [numbers(x.float()) for x in inputs], "y": numbers(y), "files": files}
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "padding-onnx.json"), "w") as file:
        json.dump(cases, file, separators=(",", ":"))


main()
