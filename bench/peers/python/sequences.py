"""The networks of sequences in PyTorch, with the weights of the reference."""
import sys

import torch
from torch import nn
from torch.nn import functional as F

from convolutional import read_safetensors
from harness import Job
from settings import adam_of, frozen


class Recurrent(nn.Module):
    """An LSTM or a GRU, batch first: the last state, or each."""

    def __init__(self, kind, inputs, units, sequences):
        super().__init__()
        self.cell = (nn.LSTM if kind == "lstm" else nn.GRU)(inputs, units, batch_first=True)
        self.sequences = sequences

    def forward(self, x):
        y = self.cell(x)[0]
        return y if self.sequences else y[:, -1]


class Positions(nn.Module):
    def __init__(self, time, units):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(time, units))

    def forward(self, x):
        return x + self.weight


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(1)


def causal_mask(time):
    return torch.triu(torch.full((time, time), float("-inf")), 1)


class Block(nn.Module):
    """nn.TransformerEncoderLayer with its mask."""

    def __init__(self, time, units, heads, hidden):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(
            units, heads, hidden, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.register_buffer("mask", causal_mask(time), persistent=False)

    def forward(self, x):
        return self.layer(x, self.mask)


class PlainBlock(nn.Module):
    """The same by hand, as small language models are written: one product for q, k and v."""

    def __init__(self, time, units, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(units)
        self.qkv = nn.Linear(units, 3 * units)
        self.out = nn.Linear(units, units)
        self.norm2 = nn.LayerNorm(units)
        self.hidden = nn.Linear(units, hidden)
        self.output = nn.Linear(hidden, units)
        self.register_buffer("mask", causal_mask(time), persistent=False)

    def forward(self, x):
        batch, time, units = x.shape
        size = units // self.heads
        q, k, v = self.qkv(self.norm1(x)).view(batch, time, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        weights = F.softmax(q @ k.transpose(-2, -1) * size**-0.5 + self.mask[:time, :time], -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, time, units))
        return x + self.output(F.gelu(self.hidden(self.norm2(x))))

    def step(self, x, keys, values, at):
        """x: [1, units], the vector of step `at`; keys and values: [heads, time, size], of all steps."""
        size = x.shape[1] // self.heads
        q, k, v = self.qkv(self.norm1(x)).view(3, self.heads, 1, size)
        keys[:, at : at + 1] = k
        values[:, at : at + 1] = v
        weights = F.softmax(q @ keys[:, : at + 1].transpose(-2, -1) * size**-0.5, -1)
        x = x + self.out((weights @ values[:, : at + 1]).reshape(1, -1))
        return x + self.output(F.gelu(self.hidden(self.norm2(x))))


def fill(module, tensors, pairs):
    """Writes lanewise's tensors, [inputs, units], to parameters of the module, [units, inputs]."""
    with torch.no_grad():
        for name, own in pairs:
            parameter = module.get_parameter(name)
            value = tensors[own]
            parameter.copy_(value.t() if value.dim() == 2 else value)


def recurrent_of(layer, at, tensors, inputs):
    units = layer["units"]
    module = Recurrent(layer["kind"], inputs, units, layer.get("sequences", False))
    fill(
        module,
        {**tensors, "zeros": torch.zeros_like(tensors[f"{at}.bias"])},
        [
            ("cell.weight_ih_l0", f"{at}.weight"),
            ("cell.weight_hh_l0", f"{at}.recurrentWeight"),
            ("cell.bias_ih_l0", f"{at}.bias"),
            ("cell.bias_hh_l0", f"{at}.recurrentBias" if layer["kind"] == "gru" else "zeros"),
        ],
    )
    return module


def block_of(layer, at, tensors, time, units, plain):
    module = (PlainBlock if plain else Block)(time, units, layer["heads"], layer["hidden"])
    names = (
        ["qkv.weight", "qkv.bias", "out.weight", "out.bias", "hidden", "output", "norm1", "norm2"]
        if plain
        else ["layer.self_attn.in_proj_weight", "layer.self_attn.in_proj_bias", "layer.self_attn.out_proj.weight"]
        + ["layer.self_attn.out_proj.bias", "layer.linear1", "layer.linear2", "layer.norm1", "layer.norm2"]
    )
    own = [f"attention.{name}" for name in ("queryKeyValue.weight", "queryKeyValue.bias", "output.weight", "output.bias")]
    pairs = list(zip(names[:4], own))
    for name, part in zip(names[4:6], ("hidden", "output")):
        pairs += [(f"{name}.weight", f"{part}.weight"), (f"{name}.bias", f"{part}.bias")]
    for name, part in zip(names[6:], ("norm1", "norm2")):
        pairs += [(f"{name}.weight", f"{part}.gamma"), (f"{name}.bias", f"{part}.beta")]
    fill(module, tensors, [(name, f"{at}.{part}") for name, part in pairs])
    return module


def model_of(net, tensors, plain=None):
    """`plain`: whether blocks are those by hand. Without, as the settings of the process say."""
    plain = "plain_blocks" in sys.argv if plain is None else plain
    time = net["input"][0]
    units = net["input"][-1]
    layers = []
    for at, layer in enumerate(net["layers"]):
        kind = layer["kind"]
        if kind == "embedding":
            units = layer["units"]
            layers.append(nn.Embedding(layer["vocabulary"], units))
            with torch.no_grad():
                layers[-1].weight.copy_(tensors[f"{at}.weight"])
        elif kind == "positions":
            layers.append(Positions(time, units))
            with torch.no_grad():
                layers[-1].weight.copy_(tensors[f"{at}.weight"])
        elif kind in ("lstm", "gru"):
            layers.append(recurrent_of(layer, at, tensors, units))
            units = layer["units"]
        elif kind == "block":
            layers.append(block_of(layer, at, tensors, time, units, plain))
        elif kind == "norm":
            layers.append(nn.LayerNorm(units))
            fill(layers[-1], tensors, [("weight", f"{at}.gamma"), ("bias", f"{at}.beta")])
        elif kind == "mean":
            layers.append(Mean())
        elif kind == "dense":
            layers.append(nn.Linear(units, layer["units"]))
            fill(layers[-1], tensors, [("weight", f"{at}.weight"), ("bias", f"{at}.bias")])
            units = layer["units"]
            if layer.get("relu"):
                layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def tensors_of(workload):
    return read_safetensors(workload["reference"]["model"])


def shaped(net, values):
    x = torch.as_tensor(values).reshape(-1, *net["input"])
    return x.long() if "vocabulary" in net else x.float()


def sequences_of(net, rows):
    if "vocabulary" in net:
        return torch.randint(0, net["vocabulary"], (rows, *net["input"]))
    return torch.rand(rows, *net["input"])


def outputs_of(workload, model):
    model.eval()
    with torch.inference_mode():
        return model(shaped(workload["net"], workload["reference"]["input"])).flatten().tolist()


def train(workload):
    net = workload["net"]
    samples, batch, outputs = net["samples"], net["batch"], net["outputs"]
    x = sequences_of(net, samples)
    if net["target"] == "numbers":
        y, loss_of = torch.rand(samples, outputs), nn.MSELoss()
    else:
        steps = [net["input"][0]] if net["target"] == "tokens" else []
        y, loss_of = torch.randint(0, outputs, (samples, *steps)), nn.CrossEntropyLoss()
    model = model_of(net, tensors_of(workload))
    first = outputs_of(workload, model)
    model.train()
    optimizer = adam_of(model)
    per_epoch = samples // batch

    def run(n):
        for step in range(n):
            begin = step % per_epoch * batch
            optimizer.zero_grad()
            z, target = model(x[begin : begin + batch]), y[begin : begin + batch]
            if net["target"] == "tokens":
                z, target = z.view(-1, outputs), target.reshape(-1)
            loss_of(z, target).backward()
            optimizer.step()

    return Job(run, first)


def infer(workload):
    net = workload["net"]
    model = frozen(model_of(net, tensors_of(workload)).eval())
    x = sequences_of(net, workload["rows"])

    def run(n):
        with torch.inference_mode():
            for _ in range(n):
                model(x)

    return Job(run, outputs_of(workload, model))


class Steps(nn.Module):
    """A network that reads one token at a time: states of LSTMs, keys and values of blocks are kept."""

    def __init__(self, net, layers):
        super().__init__()
        self.layers = layers
        self.time = net["input"][0]

    def forward(self, tokens):
        outputs = []
        states = {}
        for at in range(len(tokens)):
            x = tokens[at : at + 1]
            for i, layer in enumerate(self.layers):
                if isinstance(layer, Positions):
                    x = x + layer.weight[at]
                elif isinstance(layer, Recurrent):
                    x, states[i] = layer.cell(x, states.get(i))
                elif isinstance(layer, PlainBlock):
                    if at == 0:
                        shape = (2, layer.heads, self.time, x.shape[1] // layer.heads)
                        states[i] = torch.empty(shape)
                    x = layer.step(x, states[i][0], states[i][1], at)
                else:
                    x = layer(x)
            # Read, as whoever draws the next token does.
            outputs.append(x.numpy())
        return outputs


def step(workload):
    net = workload["net"]
    model = Steps(net, model_of(net, tensors_of(workload), plain=True).eval())
    x = sequences_of(net, 1)[0]

    def run(n):
        with torch.inference_mode():
            for _ in range(n):
                model(x)

    with torch.inference_mode():
        outputs = [model(row) for row in shaped(net, workload["reference"]["input"])]
    return Job(run, [float(value) for row in outputs for each in row for value in each.ravel()])
