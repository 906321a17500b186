# Writes recurrent-onnx.json: recurrent models as PyTorch's ONNX exporter writes them (torch 1.13), in base64,
# with inputs and PyTorch's outputs for them. Run: python3 generate-recurrent-onnx.py
import base64
import io
import json
import os
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(7)


class Reader(nn.Module):
    """A recurrent module, and what is taken of its outputs."""

    def __init__(self, rnn, takes, size):
        super().__init__()
        self.rnn, self.takes, self.head = rnn, takes, nn.Linear(size, 2)

    def forward(self, x):
        y, state = self.rnn(x)
        return self.head(self.takes(y, state[0] if isinstance(state, tuple) else state))


class Decoder(nn.Module):
    """The last state of one LSTM begins another."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, 4, batch_first=True)
        self.decoder = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x):
        _, state = self.encoder(x)
        return self.decoder(x, state)[0]


class Begun(nn.Module):
    """A state that a dense layer makes of the first step."""

    def __init__(self):
        super().__init__()
        self.begin, self.rnn = nn.Linear(3, 4), nn.GRU(3, 4, batch_first=True)

    def forward(self, x):
        return self.rnn(x, torch.tanh(self.begin(x[:, 0])).unsqueeze(0))[0]


class Convolved(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.rnn = nn.Conv1d(3, 5, 3, padding=1), nn.LSTM(5, 4, batch_first=True)

    def forward(self, x):
        return self.rnn(torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2))[0]


def sequences(y, h):
    return y


def last_step(y, h):
    return y[:, -1]


def last_state(y, h):
    return h[-1]


def both_states(y, h):
    return torch.cat((h[-2], h[-1]), dim=1)


models = {
    "lstm": Reader(nn.LSTM(3, 4, batch_first=True), sequences, 4),
    "lstm without bias": Reader(nn.LSTM(3, 4, batch_first=True, bias=False), last_step, 4),
    "last step": Reader(nn.LSTM(3, 4, batch_first=True), last_step, 4),
    "last state": Reader(nn.LSTM(3, 4, batch_first=True), last_state, 4),
    "two layers of GRU": Reader(nn.GRU(3, 4, 2, batch_first=True), last_state, 4),
    "sequences and state": Reader(nn.GRU(3, 4, batch_first=True), lambda y, h: y[:, 1] + h[0], 4),
    "both directions": Reader(nn.LSTM(3, 4, batch_first=True, bidirectional=True), sequences, 8),
    "last states of both": Reader(nn.LSTM(3, 4, batch_first=True, bidirectional=True), both_states, 8),
    "both directions of GRU": Reader(nn.GRU(3, 4, batch_first=True, bidirectional=True), lambda y, h: y[:, 2, :4] * h[1], 4),
    "two layers of RNN, both directions": Reader(
        nn.RNN(3, 4, 2, batch_first=True, bidirectional=True, nonlinearity="relu"), sequences, 8
    ),
    "encoder and decoder": Decoder(),
    "state of a dense layer": Begun(),
    "convolution before": Convolved(),
}


def numbers(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{value:.8g}") for value in tensor.flatten().tolist()]}


def exported(model, x, dynamic):
    file = io.BytesIO()
    axes = {"x": {0: "batch"}, "y": {0: "batch"}} if dynamic else None
    torch.onnx.export(
        model, x, file, input_names=["x"], output_names=["y"], opset_version=17 if dynamic else 13, dynamic_axes=axes
    )
    return base64.b64encode(file.getvalue()).decode()


cases = {}
for name, model in models.items():
    model.eval()
    x = torch.randn(2, 5, 3)
    with torch.no_grad():
        y = model.double()(x.double())
    model.float()
    files = {"fixed": exported(model, x, False), "open": exported(model, x, True)}
    cases[name] = {"x": numbers(x), "y": numbers(y), "files": files}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "recurrent-onnx.json"), "w") as file:
    json.dump(cases, file, separators=(",", ":"))
