"""NumPy by hand: the same steps as lanewise's, with one slab each for weights, gradients and moments."""
import numpy as np

from harness import Job, samples_of, serve, shapes_of


class Model:
    def __init__(self, net):
        self.net = net
        shapes = shapes_of(net)
        length = sum(rows * cols + cols for rows, cols in shapes)
        self.slab = np.zeros(length, np.float32)
        self.gradients = np.zeros(length, np.float32)
        self.layers = []
        rng = np.random.default_rng(7)
        at = 0
        for rows, cols in shapes:
            views = []
            for slab in (self.slab, self.gradients):
                weight = slab[at : at + rows * cols].reshape(rows, cols)
                bias = slab[at + rows * cols : at + rows * cols + cols]
                views.append((weight, bias))
            limit = np.sqrt(6 / (rows + cols))
            views[0][0][:] = rng.uniform(-limit, limit, (rows, cols))
            self.layers.append(views)
            at += rows * cols + cols

    def forward(self, x):
        outputs = [x]
        for i, ((weight, bias), _) in enumerate(self.layers):
            z = outputs[-1] @ weight
            z += bias
            if i < len(self.layers) - 1:
                if self.net["activation"] == "relu":
                    np.maximum(z, 0, out=z)
                else:
                    np.tanh(z, out=z)
            outputs.append(z)
        return outputs

    def backward(self, outputs, d):
        for i in range(len(self.layers) - 1, -1, -1):
            (weight, _), (weight_gradient, bias_gradient) = self.layers[i]
            np.matmul(outputs[i].T, d, out=weight_gradient)
            np.sum(d, axis=0, out=bias_gradient)
            if i > 0:
                y = outputs[i]
                d = d @ weight.T
                if self.net["activation"] == "relu":
                    d *= y > 0
                else:
                    d *= 1 - y * y


class Adam:
    def __init__(self, model):
        self.model = model
        self.mean = np.zeros_like(model.slab)
        self.square = np.zeros_like(model.slab)
        self.work = np.zeros_like(model.slab)
        self.power1 = self.power2 = 1.0

    def step(self, rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        g, m, v, work = self.model.gradients, self.mean, self.square, self.work
        self.power1 *= beta1
        self.power2 *= beta2
        m *= np.float32(beta1)
        np.multiply(g, np.float32(1 - beta1), out=work)
        m += work
        v *= np.float32(beta2)
        np.multiply(g, g, out=work)
        work *= np.float32(1 - beta2)
        v += work
        correction = (1 - self.power2) ** 0.5
        np.sqrt(v, out=work)
        work += np.float32(epsilon * correction)
        np.divide(m, work, out=work)
        work *= np.float32(rate * correction / (1 - self.power1))
        self.model.slab -= work


def gradient(net, z, y):
    rows = len(z)
    if net["loss"] == "meanSquaredError":
        d = z - y
        d *= np.float32(2 / z.size)
        return d
    d = np.exp(z - z.max(axis=1, keepdims=True))
    d /= d.sum(axis=1, keepdims=True)
    d[np.arange(rows), y] -= 1
    d *= np.float32(1 / rows)
    return d


def gemm(workload):
    size = workload["size"]
    rng = np.random.default_rng(1)
    a, b = rng.random((2, size, size), dtype=np.float32)
    out = np.empty_like(a)

    def run(n):
        for _ in range(n):
            np.matmul(a, b, out=out)

    return Job(run)


def train(workload):
    net = workload["net"]
    x, y = samples_of(net)
    model = Model(net)
    adam = Adam(model)
    batch = net["batch"]
    per_epoch = net["samples"] // batch

    def run(n):
        for step in range(n):
            begin = step % per_epoch * batch
            outputs = model.forward(x[begin : begin + batch])
            model.backward(outputs, gradient(net, outputs[-1], y[begin : begin + batch]))
            adam.step()

    return Job(run)


def infer(workload):
    net = workload["net"]
    model = Model(net)
    x = np.random.default_rng(1).random((workload["rows"], net["inputs"]), dtype=np.float32)

    def run(n):
        for _ in range(n):
            model.forward(x)

    return Job(run)


serve(np.__version__, {"gemm": gemm, "train": train, "infer": infer})
