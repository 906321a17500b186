# Exports models by PyTorch's ONNX exporter into a folder: NAME.onnx with NAME.in and NAME.out, the rows that PyTorch was given and what it made of them, as float32.
import sys
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(3)


class Viewed(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(12, 16)
        self.out = nn.Linear(16, 3)

    def forward(self, x):
        x = (x - 0.5) / 0.25
        x = x.view(x.size(0), -1)
        return torch.log_softmax(self.out(torch.tanh(self.hidden(x))), dim=1)


activations = {
    "relu": nn.ReLU(), "leaky-relu": nn.LeakyReLU(), "elu": nn.ELU(), "selu": nn.SELU(), "gelu": nn.GELU(), "gelu-tanh": nn.GELU(approximate="tanh"),
    "silu": nn.SiLU(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "softplus": nn.Softplus(), "hardswish": nn.Hardswish(),
    "relu6": nn.ReLU6(), "hardsigmoid": nn.Hardsigmoid(), "softsign": nn.Softsign(), "mish": nn.Mish(), "prelu": nn.PReLU(), "prelu-8": nn.PReLU(8),
    "leaky-relu-0.3": nn.LeakyReLU(0.3), "elu-0.5": nn.ELU(0.5),
    "softmax": nn.Softmax(dim=1), "log-softmax": nn.LogSoftmax(dim=1), "identity": nn.Identity(),
}
models = {name: (nn.Sequential(nn.Linear(6, 8), module, nn.Linear(8, 3)), (6,)) for name, module in activations.items()}
models["mlp"] = (nn.Sequential(nn.Flatten(), nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 16, bias=False), nn.GELU(), nn.Linear(16, 3)), (3, 4))
models["viewed"] = (Viewed(), (3, 4))

folder = sys.argv[1]
for name, (model, shape) in models.items():
    for mode in ("fixed", "dynamic"):
        model.eval()
        rows = 5 if mode == "fixed" else 40
        x = 3 * torch.randn(rows, *shape)
        path = f"{folder}/torch-{name}-{mode}"
        axes = {"x": {0: "batch"}, "y": {0: "batch"}} if mode == "dynamic" else None
        torch.onnx.export(model, x, path + ".onnx", input_names=["x"], output_names=["y"], opset_version=17 if mode == "dynamic" else 13, dynamic_axes=axes)
        with torch.no_grad():
            y = model(x)
        for suffix, values in ((".in", x), (".out", y)):
            values.contiguous().numpy().astype("<f4").tofile(path + suffix)
        print(f"torch-{name}-{mode}")
