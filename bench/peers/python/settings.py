"""Settings of PyTorch that may be faster than its defaults: each is an argument of the process."""
import sys

import torch


def adam_of(model):
    """With foreach, Adam updates all tensors in a few calls."""
    return torch.optim.Adam(model.parameters(), foreach=True if "foreach" in sys.argv else None)


def frozen(model):
    """With frozen, a compiled copy for inference, in which norms are folded into convolutions."""
    if "frozen" not in sys.argv:
        return model
    return torch.jit.optimize_for_inference(torch.jit.script(model))


def in_memory(images_or_model):
    """With channels_last, the channels of a pixel lie next to each other in memory."""
    if "channels_last" not in sys.argv:
        return images_or_model
    return images_or_model.to(memory_format=torch.channels_last)
