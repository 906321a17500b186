"""
PyTorch as its tutorials write it: nn.Sequential, an optimizer, a loop. One thread. With the argument "best", Adam has
foreach=True, which is faster on small networks.
"""
import sys

import numpy as np
import torch
from torch import nn

from harness import samples_of, serve, shapes_of

torch.set_num_threads(1)
torch.manual_seed(7)


def model_of(net):
    layers = []
    for rows, cols in shapes_of(net):
        layers += [nn.Linear(rows, cols), nn.ReLU() if net["activation"] == "relu" else nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def adam_of(model):
    return torch.optim.Adam(model.parameters(), foreach=True if "best" in sys.argv else None)


def convolutional_model_of(net):
    shape = net["input"]
    dimensions = len(shape) - 1
    channels = shape[-1]
    positions = shape[:-1]
    layers = []
    for layer in net["layers"]:
        kind, size = layer["kind"], layer.get("size", 1)
        padding = size // 2 if layer.get("same") or kind == "depthwise" else 0
        strides = layer.get("strides", 1)
        if kind == "convolution":
            of = nn.Conv1d if dimensions == 1 else nn.Conv2d
            layers.append(of(channels, layer["filters"], size, padding=padding, bias=layer.get("bias", True)))
            channels = layer["filters"]
        elif kind == "depthwise":
            layers.append(nn.Conv2d(channels, channels, size, stride=strides, padding=padding, groups=channels))
        elif kind == "batchNorm":
            layers.append(nn.BatchNorm2d(channels))
        elif kind == "maxPool":
            layers.append(nn.MaxPool2d(size))
            strides = size
        elif kind == "globalAverage":
            layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        elif kind == "globalMax":
            layers += [nn.AdaptiveMaxPool1d(1), nn.Flatten()]
        elif kind == "flatten":
            layers.append(nn.Flatten())
            channels *= int(np.prod(positions))
        elif kind == "dense":
            layers.append(nn.Linear(channels, layer["units"]))
            channels = layer["units"]
        if kind in ("convolution", "depthwise", "maxPool"):
            span = size if kind == "maxPool" else size - 2 * padding
            positions = [(length - span) // strides + 1 for length in positions]
        if layer.get("relu"):
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def train_convolutional(workload):
    net = workload["net"]
    samples, batch = net["samples"], net["batch"]
    x = torch.rand(samples, net["input"][-1], *net["input"][:-1])
    y = torch.randint(0, net["classes"], (samples,))
    model = convolutional_model_of(net)
    loss_of = nn.CrossEntropyLoss()
    optimizer = adam_of(model)
    per_epoch = samples // batch

    def run(n):
        for step in range(n):
            begin = step % per_epoch * batch
            optimizer.zero_grad()
            loss_of(model(x[begin : begin + batch]), y[begin : begin + batch]).backward()
            optimizer.step()

    return run


def infer_convolutional(workload):
    net = workload["net"]
    model = convolutional_model_of(net).eval()
    x = torch.rand(workload["rows"], net["input"][-1], *net["input"][:-1])

    def run(n):
        with torch.inference_mode():
            for _ in range(n):
                model(x)

    return run


def gemm(workload):
    size = workload["size"]
    a, b, out = torch.rand(size, size), torch.rand(size, size), torch.empty(size, size)

    def run(n):
        for _ in range(n):
            torch.mm(a, b, out=out)

    return run


def train(workload):
    net = workload["net"]
    x, y = (torch.from_numpy(values) for values in samples_of(net))
    model = model_of(net)
    loss_of = nn.MSELoss() if net["loss"] == "meanSquaredError" else nn.CrossEntropyLoss()
    optimizer = adam_of(model)
    batch = net["batch"]
    per_epoch = net["samples"] // batch

    def run(n):
        for step in range(n):
            begin = step % per_epoch * batch
            optimizer.zero_grad()
            loss_of(model(x[begin : begin + batch]), y[begin : begin + batch]).backward()
            optimizer.step()

    return run


def infer(workload):
    net = workload["net"]
    model = model_of(net).eval()
    x = torch.rand(workload["rows"], net["inputs"])

    def run(n):
        with torch.inference_mode():
            for _ in range(n):
                model(x)

    return run


serve(
    torch.__version__,
    {
        "gemm": gemm,
        "train": train,
        "infer": infer,
        "trainConvolutional": train_convolutional,
        "inferConvolutional": infer_convolutional,
    },
)
