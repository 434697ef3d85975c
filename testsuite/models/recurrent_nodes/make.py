# Makes the cases of this folder: python3 make.py FOLDER. The answers are onnxruntime's, without its optimisations.
# Each model turns x [N, steps, inputs] for the operator and joins all its outputs to y [N, …].
import os, sys
import numpy as np, onnx, onnxruntime as rt
from onnx import helper as h, TensorProto as T, numpy_helper as nh

rng = np.random.default_rng(7)
real = lambda *shape: rng.normal(0, 0.6, shape).astype(np.float32)
cases = {}
GATES = dict(RNN=1, GRU=3, LSTM=4)


def case(name, op, directions=1, bias=True, start=False, peepholes=False, **attrs):
    steps, inputs, hidden, gates = 4, 3, 2, GATES[op]
    consts = dict(w=real(directions, gates * hidden, inputs), r=real(directions, gates * hidden, hidden))
    names = ['t', 'w', 'r', '', '', '', '', '']
    if bias:
        names[3], consts['b'] = 'b', real(directions, 2 * gates * hidden)
    if start:
        names[5], consts['h0'] = 'h0', real(directions, 1, hidden)
        if op == 'LSTM':
            names[6], consts['c0'] = 'c0', real(directions, 1, hidden)
    if peepholes:
        names[7], consts['p'] = 'p', real(directions, 3 * hidden)
    while not names[-1]:
        names.pop()
    outputs = ['Y', 'H'] + (['C'] if op == 'LSTM' else [])
    nodes = [h.make_node('Transpose', ['x'], ['t'], name='turn', perm=[1, 0, 2]),
             h.make_node(op, names, outputs, name='memory', hidden_size=hidden, **attrs)]
    for output in outputs:
        perm = [2, 0, 1, 3] if output == 'Y' else [1, 0, 2]
        nodes.append(h.make_node('Transpose', [output], [output + 't'], name='turn_' + output, perm=perm))
        nodes.append(h.make_node('Flatten', [output + 't'], [output + 'f'], name='flat_' + output))
    nodes.append(h.make_node('Concat', [o + 'f' for o in outputs], ['y'], name='join', axis=1))
    finish(name, nodes, consts, [steps, inputs])


def finish(name, nodes, consts, shape):
    graph = h.make_graph(nodes, 'g', [h.make_tensor_value_info('x', T.FLOAT, [1] + shape)],
                         [h.make_tensor_value_info('y', T.FLOAT, None)], [nh.from_array(v, k) for k, v in consts.items()])
    cases[name] = h.make_model(graph, opset_imports=[h.make_opsetid('', 17)], ir_version=8), shape


case('rnn_bidirectional', 'RNN', 2, start=True, direction='bidirectional')
case('rnn_relu_reverse', 'RNN', direction='reverse', activations=['Relu'])
case('lstm_plain', 'LSTM')
case('lstm_bidirectional', 'LSTM', 2, start=True, direction='bidirectional')
case('lstm_peepholes', 'LSTM', start=True, peepholes=True)
case('lstm_coupled', 'LSTM', start=True, input_forget=1)
case('lstm_functions', 'LSTM', bias=False, activations=['HardSigmoid', 'Relu', 'Tanh'], activation_alpha=[0.3], activation_beta=[0.4])
case('gru_reset_before', 'GRU', start=True)
case('gru_reset_after', 'GRU', start=True, linear_before_reset=1)
case('gru_bidirectional', 'GRU', 2, direction='bidirectional', linear_before_reset=1)
node = h.make_node
finish('attention', [
    node('MatMul', ['x', 'wq'], ['q'], name='queries'), node('MatMul', ['x', 'wk'], ['k'], name='keys'),
    node('Transpose', ['k'], ['kt'], name='turn', perm=[0, 2, 1]), node('MatMul', ['q', 'kt'], ['s'], name='scores'),
    node('MatMul', ['s', 'x'], ['y'], name='mix')], dict(wq=real(3, 2), wk=real(3, 2)), [4, 3])
finish('layer_norm', [node('LayerNormalization', ['x', 's', 'b'], ['y'], name='norm', axis=-1, epsilon=0.01)],
       dict(s=real(3), b=real(3)), [4, 3])
finish('matmul_stack', [node('Reshape', ['x', 'shape'], ['pairs'], name='pairs'), node('MatMul', ['pairs', 'w'], ['y'], name='stack')],
       dict(shape=np.array([-1, 2, 2, 3]), w=np.random.default_rng(8).normal(0, 0.6, (2, 3, 4)).astype(np.float32)), [4, 3])

out = sys.argv[1]
for name, (model, shape) in cases.items():
    x = real(6, *shape)
    options = rt.SessionOptions()
    options.graph_optimization_level = rt.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = rt.InferenceSession(model.SerializeToString(), options)
    y = np.concatenate([session.run(None, {'x': x[i:i + 1]})[0] for i in range(len(x))])
    folder = f'{out}/{name}'
    os.makedirs(folder, exist_ok=True)
    onnx.save(model, f'{folder}/model.onnx')
    np.save(f'{folder}/inputs.npy', x)
    np.save(f'{folder}/expected.npy', y)
