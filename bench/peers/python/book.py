"""The network of examples/book in PyTorch: python3 book.py TEXT SECONDS SEED UNITS WINDOW BATCH RATE WARM LEFT."""
import gzip
import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn

path = sys.argv[1]
budget = float(sys.argv[2])
seed, units, window, batch = (int(word) for word in sys.argv[3:7])
rate, warm, left = float(sys.argv[7]), int(sys.argv[8]), float(sys.argv[9])
torch.set_num_threads(1)
torch.manual_seed(seed)

with gzip.open(path, "rt", encoding="utf8", newline="") as file:
    text = file.read()
signs = sorted(set(text))
index = {sign: i for i, sign in enumerate(signs)}
tokens = torch.tensor([index[sign] for sign in text])
end = math.floor(len(tokens) * 0.95)
training, held = tokens[:end], tokens[end:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(signs), 64)
        self.lstm = nn.LSTM(64, units, batch_first=True)
        self.dense = nn.Linear(units, len(signs))

    def forward(self, x):
        return self.dense(self.lstm(self.embedding(x))[0])


model = Net()
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=rate / warm)
random = np.random.default_rng(seed)
each = torch.arange(window)
begin = time.process_time()
steps = 0
while True:
    starts = torch.from_numpy(random.integers(0, end - window, batch))
    places = starts[:, None] + each
    optimizer.zero_grad()
    loss_of(model(training[places]).flatten(0, 1), training[places + 1].flatten()).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    steps += 1
    part = min(1, (time.process_time() - begin) / budget)
    if part >= 1:
        break
    cosine = left + (1 - left) * (0.5 + 0.5 * math.cos(math.pi * part))
    optimizer.param_groups[0]["lr"] = rate * min(1, (steps + 1) / warm) * cosine
seconds = time.process_time() - begin
with torch.inference_mode():
    loss = loss_of(model(held[None, :-1])[0], held[1:]).item()
print(
    json.dumps(
        {
            "library": f"PyTorch {torch.__version__}",
            "score": loss / math.log(2),
            "seconds": seconds,
            "steps": steps,
        }
    )
)
