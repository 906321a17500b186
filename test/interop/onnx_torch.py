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


def normalized(inputs, outputs, kernel, **options):
    return nn.Conv2d(inputs, outputs, kernel, bias=False, **options), nn.BatchNorm2d(outputs)


class Residual(nn.Module):
    """A ResNet's block: two convolutions, beside them the input or a convolution of it."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        first = normalized(inputs, outputs, 3, stride=stride, padding=1)
        self.branch = nn.Sequential(*first, nn.ReLU(), *normalized(outputs, outputs, 3, padding=1))
        same = stride == 1 and inputs == outputs
        self.skip = nn.Identity() if same else nn.Sequential(*normalized(inputs, outputs, 1, stride=stride))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.skip(x))


class Inverted(nn.Module):
    """A MobileNet's block: wide, depthwise, with squeeze and excitation, and narrow again."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        wide = 3 * inputs
        self.wide = nn.Sequential(*normalized(inputs, wide, 1), nn.Hardswish())
        depthwise = normalized(wide, wide, 3, stride=stride, padding=1, groups=wide)
        self.depthwise = nn.Sequential(*depthwise, nn.ReLU6())
        squeeze = nn.Conv2d(wide, 4, 1), nn.ReLU(), nn.Conv2d(4, wide, 1), nn.Hardsigmoid()
        self.excitation = nn.Sequential(nn.AdaptiveAvgPool2d(1), *squeeze)
        self.narrow = nn.Sequential(*normalized(wide, outputs, 1))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        h = self.depthwise(self.wide(x))
        h = self.narrow(h * self.excitation(h))
        return x + h if self.adds else h


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(*normalized(3, 6, 3, padding=1), nn.SiLU())
        self.middle = nn.Sequential(nn.MaxPool2d(2), *normalized(6, 8, 3, padding=1), nn.SiLU())
        self.low = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(8, 8, 3, padding=1), nn.InstanceNorm2d(8, affine=True))
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.last = nn.Sequential(nn.Conv2d(22, 4, 3, padding=1), nn.GELU(), nn.Conv2d(4, 2, 1))

    def forward(self, x):
        a = self.down(x)
        b = self.middle(a)
        c = self.up(self.low(b))
        big = nn.functional.interpolate(torch.cat([b, c], 1), scale_factor=2, mode="bilinear", align_corners=False)
        return torch.softmax(self.last(torch.cat([a, big], 1)), dim=1)


class Shuffled(nn.Module):
    """A ShuffleNet's block, and groups that are normalized."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(4, 8, 3, stride=2, groups=2), nn.GroupNorm(4, 8), nn.ReLU())
        self.second = nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=2)
        self.out = nn.Linear(8 * 3 * 3, 5)

    def forward(self, x):
        x = self.first(x)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        a, b = x.chunk(2, dim=1)
        x = nn.functional.interpolate(torch.cat([a, self.second(b)], 1), size=(3, 3), mode="nearest")
        return self.out(x.flatten(1))


class Tokens(nn.Module):
    """A mixer's block, on patches of an image."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8)
        self.tokens = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))
        self.channels = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 12), nn.GELU(), nn.Linear(12, 8))
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = x + self.tokens(self.norm(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.channels(x)
        return self.out(x.mean(1))


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
flat = nn.Flatten(), nn.Dropout(0.1), nn.Linear(8 * 3 * 4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)
images = {
    "cnn": (nn.Sequential(*normalized(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), *flat), (3, 6, 8)),
    "resnet": (nn.Sequential(*normalized(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, 1), Residual(8, 8, 1), Residual(8, 12, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 3)), (3, 12, 10)),
    "mobilenet": (nn.Sequential(*normalized(3, 4, 3, stride=2), nn.Hardswish(), Inverted(4, 4, 1), Inverted(4, 6, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)), (3, 11, 13)),
    "unet": (UNet(), (3, 8, 12)),
    "shuffled": (Shuffled(), (4, 6, 6)),
    "tokens": (Tokens(), (3, 8, 8)),
    "sequence": (nn.Sequential(nn.Conv1d(3, 6, 5, padding=2, dilation=1), nn.BatchNorm1d(6), nn.PReLU(6), nn.MaxPool1d(2), nn.ConvTranspose1d(6, 4, 4, stride=2, padding=1), nn.AvgPool1d(3, 2, 1), nn.Flatten(), nn.Linear(16, 3)), (3, 8)),
}
for model, _ in images.values():
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.running_mean, -1, 1)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -1, 1)
models.update(images)


def channels_last(values):
    return values.movedim(1, -1) if values.dim() > 2 else values


folder = sys.argv[1]
for name, (model, shape) in models.items():
    for mode in ("fixed", "dynamic"):
        model.eval()
        rows = 5 if mode == "fixed" else 40
        x = 3 * torch.randn(rows, *shape)
        path = f"{folder}/torch-{name}-{mode}"
        axes = {"x": {0: "batch"}, "y": {0: "batch"}} if mode == "dynamic" else None
        # Only so does the exporter leave batch normalization as it is, where any batch is wanted.
        training = torch.onnx.TrainingMode.PRESERVE if mode == "dynamic" else torch.onnx.TrainingMode.EVAL
        torch.onnx.export(model, x, path + ".onnx", input_names=["x"], output_names=["y"], opset_version=17 if mode == "dynamic" else 13, dynamic_axes=axes, training=training)
        with torch.no_grad():
            y = model(x)
        if name in images:
            x, y = channels_last(x), channels_last(y)
        for suffix, values in ((".in", x), (".out", y)):
            values.contiguous().numpy().astype("<f4").tofile(path + suffix)
        print(f"torch-{name}-{mode}")
