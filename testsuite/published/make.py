# Makes the models of docs/published.md: python3 make.py FOLDER. Needs numpy and onnx.
#
# The architectures are those of published papers, at their bits; the weights are random, with a fixed seed for each model.
# Weights and biases stand on their binary grid in the file, activations are quantised by QONNX's Quant.
# The recurrent networks are float models whose weights are on the grid of fixed<16,6>.
import os, sys, zlib
import numpy as np, onnx
from onnx import helper as h, numpy_helper as nh, TensorProto as T

DOMAIN = 'qonnx.custom_op.general'


class Net:
    """A graph under construction. Every method adds nodes and returns the name of their result."""

    def __init__(self, name, shape):
        self.name, self.shape = name, shape
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes, self.consts, self.last = [], [], 'x'

    def const(self, value, dtype=np.float32):
        name = f'c{len(self.consts)}'
        self.consts.append(nh.from_array(np.array(value, dtype), name))
        return name

    def node(self, op, inputs, name=None, domain='', outputs=1, **attrs):
        name = name or f'{op}_{len(self.nodes)}'
        results = [f'{name}_y{i}' for i in range(outputs)]
        self.nodes.append(h.make_node(op, inputs, results, name=name, domain=domain, **attrs))
        self.last = results[0]
        return results[0] if outputs == 1 else results

    def weights(self, shape, fan_in, bits, zeros=0.0, spread=1.2):
        """Normal, on a grid of 2^(1 - bits), within +-1; a fixed share of them is zero, the smallest ones."""
        step = 2.0 ** (1 - bits)
        w = self.rng.normal(0, spread / np.sqrt(fan_in * (1 - zeros)), shape)
        if zeros:
            w[np.abs(w) <= np.quantile(np.abs(w), zeros)] = 0
        return np.clip(np.round(w / step), 1 - 2 ** (bits - 1), 2 ** (bits - 1) - 1) * step

    def quant(self, x, bits, whole, signed=True):
        """To `bits` bits, of which `whole` stand before the point, the sign included."""
        scale, zero, width = (self.const(v) for v in (2.0 ** (whole - bits), 0.0, float(bits)))
        return self.node('Quant', [x, scale, zero, width], domain=DOMAIN, signed=int(signed), narrow=0, rounding_mode='ROUND')

    def dense(self, x, inputs, outputs, bits, zeros=0.0, spread=1.2):
        w = self.const(self.weights((inputs, outputs), inputs, bits, zeros, spread))
        b = self.const(self.weights((outputs,), inputs, bits))
        return self.node('Add', [self.node('MatMul', [x, w]), b])

    def conv(self, x, inputs, outputs, kernel, bits, pads=(0, 0, 0, 0), zeros=0.0):
        fan_in = inputs * kernel[0] * kernel[1]
        w = self.const(self.weights((outputs, inputs, *kernel), fan_in, bits, zeros))
        b = self.const(self.weights((outputs,), fan_in, bits))
        return self.node('Conv', [x, w, b], kernel_shape=list(kernel), pads=list(pads))

    def relu(self, x, bits, whole):
        return self.quant(self.node('Relu', [x]), bits, whole, signed=False)

    def save(self, folder, samples=8, low=-2.0, high=2.0):
        shapes = [h.make_tensor_value_info('x', T.FLOAT, [1, *self.shape])]
        self.nodes.append(h.make_node('Identity', [self.last], ['y'], name='y'))
        graph = h.make_graph(self.nodes, self.name, shapes, [h.make_tensor_value_info('y', T.FLOAT, None)], self.consts)
        model = h.make_model(graph, opset_imports=[h.make_opsetid('', 13), h.make_opsetid(DOMAIN, 1)], ir_version=8)
        folder = os.path.join(folder, self.name)
        os.makedirs(folder, exist_ok=True)
        onnx.save(model, os.path.join(folder, 'model.onnx'))
        inputs = np.clip(self.rng.normal(0, 1, (samples, *self.shape)), low, high)
        np.save(os.path.join(folder, 'inputs.npy'), (np.round(inputs * 32) / 32).astype(np.float32))


def mlp(name, sizes, bits, weight_bits, zeros, whole=3):
    """Dense layers with ReLU between them; activations of `bits` bits, of which `whole` stand before the point."""
    net = Net(name, (sizes[0],))
    x = net.quant('x', bits, whole)
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        x = net.dense(x, inputs, outputs, weight_bits, zeros)
        if i < len(sizes) - 2:
            x = net.relu(x, bits - 1, whole - 1)
    return net


def latent(net, x, inputs, size, bits, mu_bits):
    """The two heads of a variational encoder."""
    mu = net.quant(net.dense(x, inputs, size, bits), mu_bits, 4)
    log_var = net.quant(net.dense(x, inputs, size, bits), mu_bits, 4)
    return mu, log_var


def dnn_vae_score(name):
    """Encoder and the score: the sum of mu^2 / sigma^2, with 1 / sigma^2 = exp(-log sigma^2)."""
    net = Net(name, (57,))
    x = net.quant('x', 8, 4)
    x = net.relu(net.dense(x, 57, 32, 8), 8, 2)
    x = net.relu(net.dense(x, 32, 16, 8), 8, 2)
    mu, log_var = latent(net, x, 16, 3, 8, 8)
    inverse = net.quant(net.node('Exp', [net.node('Neg', [log_var])]), 12, 6, signed=False)
    terms = net.node('Mul', [net.node('Mul', [mu, mu]), inverse])
    net.node('ReduceSum', [terms, net.const([1], np.int64)], keepdims=1)
    return net


def conv_encoder(net, x):
    """From 19 x 3 to 32 x 2 x 1: one row of zeros above, 16 kernels, mean of 3, 32 kernels, mean of 3."""
    x = net.relu(net.conv(x, 1, 16, (3, 3), 8, (1, 0, 0, 0)), 8, 3)
    x = net.node('AveragePool', [x], kernel_shape=[3, 1], strides=[3, 1])
    x = net.relu(net.conv(x, 16, 32, (3, 1), 8, (1, 0, 1, 0)), 8, 3)
    x = net.node('AveragePool', [x], kernel_shape=[3, 1], strides=[3, 1])
    return net.node('Reshape', [x, net.const([1, 64], np.int64)])


def cnn_vae_score(name):
    """Encoder and the score: -(mean of 1 + log sigma^2 - mu^2 - sigma^2) / 2."""
    net = Net(name, (1, 19, 3))
    x = conv_encoder(net, net.quant('x', 16, 11))
    mu, log_var = latent(net, x, 64, 8, 8, 10)
    variance = net.quant(net.node('Exp', [log_var]), 16, 12, signed=False)
    terms = net.node('Sub', [net.node('Sub', [net.node('Add', [log_var, net.const(1.0)]), net.node('Mul', [mu, mu])]), variance])
    mean = net.node('ReduceMean', [terms], axes=[1], keepdims=1)
    net.node('Mul', [mean, net.const(-0.5)])
    return net


def upsample(net, x):
    return net.node('Resize', [x, '', net.const([1, 1, 3, 1])], mode='nearest', coordinate_transformation_mode='asymmetric',
                    nearest_mode='floor')


def cnn_ae(name, score):
    """Encoder, decoder, and with `score` the mean squared error between input and output."""
    net = Net(name, (1, 19, 3))
    image = net.quant('x', 16, 11)
    x = net.quant(net.dense(conv_encoder(net, image), 64, 8, 8), 8, 4)
    x = net.relu(net.dense(x, 8, 64, 8), 8, 3)
    x = net.node('Reshape', [x, net.const([1, 32, 2, 1], np.int64)])
    x = upsample(net, net.relu(net.conv(x, 32, 32, (3, 1), 8, (1, 0, 1, 0)), 8, 3))
    x = upsample(net, net.relu(net.conv(x, 32, 16, (3, 1), 8, (1, 1, 1, 1)), 8, 3))
    x = net.quant(net.conv(x, 16, 1, (3, 3), 8, (2, 1, 1, 1)), 16, 11)
    if score:
        away = net.node('Reshape', [net.node('Sub', [x, image]), net.const([1, 57], np.int64)])
        net.node('ReduceMean', [net.node('Mul', [away, away])], axes=[1], keepdims=1)
    return net


def svhn(name, bits, weight_bits, whole):
    """Three convolutions of 3 x 3 with maxima of 2 x 2 behind them, and three dense layers; half of all weights are zero."""
    net = Net(name, (3, 32, 32))
    x, channels = net.quant('x', 8, 0, signed=False), 3
    for filters in (16, 16, 24):
        x = net.relu(net.conv(x, channels, filters, (3, 3), weight_bits, zeros=0.5), bits, whole)
        x = net.node('MaxPool', [x], kernel_shape=[2, 2], strides=[2, 2])
        channels = filters
    x = net.node('Reshape', [x, net.const([1, 96], np.int64)])
    x = net.relu(net.dense(x, 96, 42, weight_bits, 0.5), bits, whole)
    x = net.relu(net.dense(x, 42, 64, weight_bits, 0.5), bits, whole)
    net.dense(x, 64, 10, weight_bits, 0.5)
    return net


def recurrent(name, op, steps, inputs, hidden, dense, outputs):
    """One recurrent layer, dense layers on its last state, a sigmoid for one output and a softmax for several."""
    net = Net(name, (steps, inputs))
    gates = dict(GRU=3, LSTM=4)[op]
    grid = lambda *shape: np.round(net.rng.normal(0, 1 / np.sqrt(hidden), shape) * 1024) / 1024
    w, r, b = grid(1, gates * hidden, inputs), grid(1, gates * hidden, hidden), grid(1, 2 * gates * hidden)
    attrs = dict(linear_before_reset=1) if op == 'GRU' else {}
    x = net.node('Transpose', ['x'], perm=[1, 0, 2])
    results = net.node(op, [x, *(net.const(v) for v in (w, r, b))], outputs=2, hidden_size=hidden, **attrs)
    x, size = net.node('Squeeze', [results[1], net.const([0], np.int64)]), hidden
    for width in dense:
        x = net.node('Relu', [net.dense(x, size, width, 11)])
        size = width
    x = net.dense(x, size, outputs, 11)
    net.node('Sigmoid', [x]) if outputs == 1 else net.node('Softmax', [x], axis=1)
    return net


def garnet(name, vertices):
    """Three layers of distance-weighted aggregation, a mean over the vertices, dense layers of 16 and 8, two answers."""
    net = Net(name, (vertices, 4))
    x, features = net.quant('x', 14, 5), 4
    for i, (aggregators, outputs) in enumerate([(4, 8), (4, 8), (8, 16)]):
        distance = net.quant(net.dense(x, features, aggregators, 8), 12, 4)
        weight = net.quant(net.node('Exp', [net.node('Neg', [net.node('Mul', [distance, distance])])]), 10, 0, signed=False)
        turned = net.node('Transpose', [weight], perm=[0, 2, 1])
        scale = net.const(1.0 / vertices)
        gathered = net.quant(net.node('Mul', [net.node('MatMul', [turned, x]), scale]), 16, 6)
        total = net.quant(net.node('Mul', [net.node('ReduceSum', [turned, net.const([2], np.int64)], keepdims=1), scale]), 16, 6)
        # each aggregator has its own matrix, so together they are one block-diagonal matrix
        blocks = np.zeros((aggregators * features, aggregators * outputs))
        for a in range(aggregators):
            rows, columns = slice(a * features, (a + 1) * features), slice(a * outputs, (a + 1) * outputs)
            blocks[rows, columns] = net.weights((features, outputs), features, 5)
        flat = net.node('Reshape', [gathered, net.const([1, aggregators * features], np.int64)])
        mixed = net.node('MatMul', [flat, net.const(blocks)])
        mixed = net.node('Reshape', [mixed, net.const([1, aggregators, outputs], np.int64)])
        # a bias that the aggregator's total weight carries
        bias = net.const(net.weights((1, aggregators, outputs), features, 4))
        mixed = net.quant(net.node('Add', [mixed, net.node('Mul', [total, bias])]), 16, 6)
        if i < 2:
            x = net.node('MatMul', [weight, mixed])
        else:
            x = net.node('MatMul', [net.node('Transpose', [total], perm=[0, 2, 1]), mixed])
        x = net.quant(net.node('Add', [x, net.const(net.weights((outputs,), features, 8))]), 16, 6)
        features = outputs
    x = net.node('Reshape', [x, net.const([1, features], np.int64)])
    x = net.relu(net.dense(x, 16, 16, 11), 16, 6)
    x = net.relu(net.dense(x, 16, 8, 11), 16, 6)
    energy = net.dense(x, 8, 1, 11)
    kind = net.quant(net.node('Sigmoid', [net.quant(net.dense(x, 8, 1, 11), 10, 4)]), 10, 0, signed=False)
    net.node('Concat', [energy, kind], axis=1)
    return net


MODELS = [
    dnn_vae_score('dnn_vae_score'),
    cnn_vae_score('cnn_vae_score'),
    cnn_ae('cnn_ae', False),
    cnn_ae('cnn_ae_score', True),
    svhn('svhn_w16', 15, 11, 5),
    svhn('svhn_w6', 6, 6, 2),
    recurrent('top_gru', 'GRU', 20, 6, 20, [64], 1),
    recurrent('top_lstm', 'LSTM', 20, 6, 20, [64], 1),
    recurrent('flavour_gru', 'GRU', 15, 6, 120, [50, 10], 3),
    recurrent('flavour_lstm', 'LSTM', 15, 6, 120, [50, 10], 3),
    recurrent('quickdraw_gru', 'GRU', 100, 3, 128, [256, 128], 5),
    recurrent('quickdraw_lstm', 'LSTM', 100, 3, 128, [256, 128], 5),
    garnet('garnet_16', 16),
    garnet('garnet_128', 128),
    mlp('tau', [80, 25, 25, 10, 1], 8, 8, 0.5),
    mlp('jet_w16', [16, 64, 32, 32, 5], 16, 11, 0.0, 6),
    mlp('jet_w16_pruned', [16, 64, 32, 32, 5], 16, 11, 0.7, 6),
]

if __name__ == '__main__':
    for model in MODELS:
        model.save(sys.argv[1])
