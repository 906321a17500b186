"""The network of bench/accuracy/images.ts in PyTorch: python3 accuracy.py DATA EPOCHS SEED FILTERS BATCH."""
import gzip
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn

folder = sys.argv[1]
epochs, seed, filters, batch = (int(word) for word in sys.argv[2:])
torch.set_num_threads(1)
torch.manual_seed(seed)


def read(name):
    """The bytes of an IDX file behind its header, gzipped or not."""
    path = os.path.join(folder, name)
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz")
    with opened as file:
        content = file.read()
    sides = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(content[3])]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(sides)).reshape(sides)


def split(part):
    images = torch.from_numpy(read(f"{part}-images-idx3-ubyte").astype(np.float32) / 255)
    return images[:, None], torch.from_numpy(read(f"{part}-labels-idx1-ubyte").astype(np.int64))


x, y = split("train")
size = x.shape[-1]
side = ((size - 2) // 2 - 2) // 2
model = nn.Sequential(
    nn.Conv2d(1, filters, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(filters, 2 * filters, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(2 * filters * side * side, 64), nn.ReLU(), nn.Linear(64, 10),
)
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())
begin = time.process_time()
steps = 0
for epoch in range(epochs):
    order = torch.randperm(len(y))
    for at in range(0, len(y), batch):
        rows = order[at : at + batch]
        optimizer.zero_grad()
        loss_of(model(x[rows]), y[rows]).backward()
        optimizer.step()
        steps += 1
seconds = time.process_time() - begin
x, y = split("t10k")
with torch.inference_mode():
    right = sum((model(x[at : at + 256]).argmax(1) == y[at : at + 256]).sum().item() for at in range(0, len(y), 256))
print(
    json.dumps(
        {"library": f"PyTorch {torch.__version__}", "score": right / len(y), "seconds": seconds, "steps": steps}
    )
)
