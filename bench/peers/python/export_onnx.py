"""Reads a network of sequences as JSON, and prints its ONNX model, by torch.onnx.export, in base64."""
import base64
import io
import json
import sys

import torch

import sequences

order = json.load(sys.stdin)
net = order["net"]
model = sequences.model_of(net, sequences.tensors_of(order), plain=True).eval()
file = io.BytesIO()
torch.onnx.export(
    model,
    sequences.sequences_of(net, 2),
    file,
    opset_version=14,
    input_names=["x"],
    output_names=["y"],
    dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
)
print(base64.b64encode(file.getvalue()).decode(), end="")
