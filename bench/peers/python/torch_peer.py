"""
PyTorch as its tutorials write it: nn.Sequential, an optimizer, a loop. Arguments are settings that may be
faster: those of settings.py.
"""
import os
import re

import torch
from torch import nn

import convolutional
import sequences
from harness import Job, check_threads, samples_of, serve, shapes_of
from settings import adam_of, frozen

# Those of OpenMP; OpenBLAS has its own, by OPENBLAS_NUM_THREADS.
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
check_threads("PyTorch", "OMP_NUM_THREADS", torch.get_num_threads())
torch.manual_seed(7)


def model_of(net):
    layers = []
    for rows, cols in shapes_of(net):
        layers += [nn.Linear(rows, cols), nn.ReLU() if net["activation"] == "relu" else nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def gemm(workload):
    size = workload["size"]
    a, b, out = torch.rand(size, size), torch.rand(size, size), torch.empty(size, size)

    def run(n):
        for _ in range(n):
            torch.mm(a, b, out=out)

    return Job(run)


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

    return Job(run)


def infer(workload):
    net = workload["net"]
    model = frozen(model_of(net).eval())
    x = torch.rand(workload["rows"], net["inputs"])

    def run(n):
        with torch.inference_mode():
            for _ in range(n):
                model(x)

    return Job(run)


def build():
    """What PyTorch says of its build: where its products and convolutions come from."""
    found = re.findall(r"BLAS_INFO=\w+|MKL-DNN v[\d.]+|CPU capability usage: \w+", torch.__config__.show())
    return ", ".join(found)


serve(
    torch.__version__,
    {
        "gemm": gemm,
        "train": train,
        "infer": infer,
        "trainConvolutional": convolutional.train,
        "inferConvolutional": convolutional.infer,
        "trainSequence": sequences.train,
        "inferSequence": sequences.infer,
        "stepSequence": sequences.step,
    },
    build(),
)
