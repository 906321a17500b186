"""The networks of convolutions in PyTorch, with the weights of the reference."""
import base64
import json

import numpy as np
import torch
from torch import nn

from harness import Job
from settings import adam_of, frozen, in_memory


def model_of(net, state_dict):
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
            layers.append(nn.Conv2d(channels, channels, size, strides, padding, groups=channels))
        elif kind == "batchNorm":
            # lanewise's and Keras's defaults, which compute the same.
            layers.append(nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01))
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
    model = nn.Sequential(*layers)
    # Not strict: the file has no counts of batches, which only norms without a momentum use.
    model.load_state_dict(mirrored(net, state_dict), strict=False)
    return in_memory(model)


def is_mirrored(net):
    """
    With strides of 2, PyTorch's padding begins a pixel before the image, and TensorFlow's rule, which the
    others follow, ends a pixel behind it. Both compute the same once image and kernels are mirrored.
    """
    return any(layer.get("strides", 1) > 1 for layer in net["layers"])


def mirrored(net, tensors):
    """The tensors by their names, of which kernels and images are mirrored if they have to be."""
    if not is_mirrored(net):
        return tensors
    return {name: values.flip(2, 3) if values.dim() == 4 else values for name, values in tensors.items()}


def read_safetensors(text):
    """The tensors of a safetensors file in base64."""
    content = base64.b64decode(text)
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        values = np.frombuffer(content[start:][slice(*entry["data_offsets"])], "<f4")
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors


def outputs_of(workload, model):
    """The outputs for the reference's input, which has its channels last."""
    net, reference = workload["net"], workload["reference"]
    x = torch.tensor(reference["input"]).reshape(-1, *net["input"]).movedim(-1, 1).contiguous()
    x = in_memory(mirrored(net, {"x": x})["x"])
    model.eval()
    with torch.inference_mode():
        return model(x).flatten().tolist()


def images_of(net, samples):
    return in_memory(torch.rand(samples, net["input"][-1], *net["input"][:-1]))


def train(workload):
    net = workload["net"]
    samples, batch = net["samples"], net["batch"]
    x = images_of(net, samples)
    y = torch.randint(0, net["classes"], (samples,))
    model = model_of(net, read_safetensors(workload["reference"]["stateDict"]))
    outputs = outputs_of(workload, model)
    model.train()
    loss_of = nn.CrossEntropyLoss()
    optimizer = adam_of(model)
    per_epoch = samples // batch

    def run(n):
        for step in range(n):
            begin = step % per_epoch * batch
            optimizer.zero_grad()
            loss_of(model(x[begin : begin + batch]), y[begin : begin + batch]).backward()
            optimizer.step()

    return Job(run, outputs)


def infer(workload):
    net = workload["net"]
    model = frozen(model_of(net, read_safetensors(workload["reference"]["stateDict"])).eval())
    x = images_of(net, workload["rows"])

    def run(n):
        with torch.inference_mode():
            for _ in range(n):
                model(x)

    return Job(run, outputs_of(workload, model))
