"""Prints the tensors of a safetensors file as JSON: a second reading of the format, by numpy, to hold the writer against."""
import json
import sys

import numpy as np

types = {"F32": "<f4", "F16": "<f2"}
with open(sys.argv[1], "rb") as file:
    content = file.read()
length = int(np.frombuffer(content, "<u8", 1)[0])
header = json.loads(content[8 : 8 + length].decode("utf-8"))
metadata = header.pop("__metadata__", {})
tensors = {}
for name, entry in header.items():
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    values = np.frombuffer(content[begin:end], types[entry["dtype"]]).reshape(entry["shape"]).astype(np.float64)
    tensors[name] = {"dtype": entry["dtype"], "begin": begin, "shape": values.shape, "first": values.ravel()[:4].tolist(), "sum": values.sum()}
print(json.dumps({"metadata": metadata, "tensors": tensors}))
