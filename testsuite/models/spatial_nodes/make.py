# Makes the cases of this folder: python3 make.py FOLDER. The answers are onnxruntime's, without its optimisations.
# All numbers lie on coarse binary grids, so that float32 holds every sum and every mean exactly.
import os, sys
import numpy as np, onnx, onnxruntime as rt
from onnx import helper as h, TensorProto as T, numpy_helper as nh

rng = np.random.default_rng(6)
grid = lambda *shape: (rng.integers(-16, 17, shape) / 8).astype(np.float32)
int8 = lambda *shape: rng.integers(-128, 128, shape).astype(np.int8)
i64 = lambda *v: np.array(v, np.int64)
f32 = lambda *v: np.array(v if len(v) > 1 else v[0], np.float32)
cases = {}


def case(name, op, shape, consts={}, attrs={}, domain='', elem=T.FLOAT, out=T.FLOAT, opset=13, inputs=None):
    inputs = ['x'] + list(consts) if inputs is None else inputs
    node = h.make_node(op, inputs, ['y'], name='layer', domain=domain, **attrs)
    graph = h.make_graph([node], 'g', [h.make_tensor_value_info('x', elem, ['N'] + list(shape))],
                         [h.make_tensor_value_info('y', out, None)],
                         [nh.from_array(v, k) for k, v in consts.items()])
    opsets = [h.make_opsetid('', opset), h.make_opsetid('com.microsoft', 1)]
    cases[name] = h.make_model(graph, opset_imports=opsets, ir_version=8), elem, shape


case('conv_grouped_dilated', 'Conv', (4, 7, 6), dict(w=grid(6, 2, 3, 2), b=grid(6)),
     dict(group=2, dilations=[2, 1], strides=[1, 2], pads=[1, 0, 2, 1]))
case('conv_depthwise_same_lower', 'Conv', (3, 5, 6), dict(w=grid(6, 1, 2, 2)),
     dict(group=3, auto_pad='SAME_LOWER', strides=[2, 1]))
case('conv_1d_same_upper', 'Conv', (2, 9), dict(w=grid(3, 2, 4), b=grid(3)), dict(auto_pad='SAME_UPPER', strides=[2]))
case('conv_3d_valid', 'Conv', (1, 3, 4, 3), dict(w=grid(2, 1, 2, 2, 2)), dict(auto_pad='VALID'))
case('conv_transpose_grouped', 'ConvTranspose', (4, 3, 4), dict(w=grid(4, 2, 3, 2), b=grid(4)),
     dict(group=2, strides=[2, 3], pads=[1, 0, 0, 1], output_padding=[1, 0]))
case('conv_transpose_dilated', 'ConvTranspose', (2, 4), dict(w=grid(2, 3, 3)), dict(dilations=[2], strides=[2]))
case('conv_transpose_same', 'ConvTranspose', (1, 3, 3), dict(w=grid(1, 2, 3, 3)), dict(auto_pad='SAME_UPPER', strides=[2, 2]))
case('conv_transpose_shape', 'ConvTranspose', (1, 3, 3), dict(w=grid(1, 2, 3, 3)), dict(output_shape=[8, 7], strides=[3, 2]))
case('max_pool_ceil_dilated', 'MaxPool', (2, 7, 6), {},
     dict(kernel_shape=[2, 3], strides=[2, 2], dilations=[2, 1], pads=[1, 1, 0, 1], ceil_mode=1))
case('average_pool_include', 'AveragePool', (2, 5, 6), {},
     dict(kernel_shape=[2, 4], strides=[2, 1], pads=[1, 1, 0, 2], count_include_pad=1))
case('average_pool_exclude', 'AveragePool', (2, 5, 5), {},
     dict(kernel_shape=[2, 2], strides=[2, 2], pads=[1, 0, 0, 1], ceil_mode=1))
case('lp_pool_1', 'LpPool', (2, 6), {}, dict(kernel_shape=[3], strides=[2], pads=[1, 1], p=1))
case('global_lp_pool_1', 'GlobalLpPool', (2, 3, 3), {}, dict(p=1))
case('global_average_pool', 'GlobalAveragePool', (3, 2, 4))
case('pad_constant', 'Pad', (2, 3), dict(p=i64(0, 1, 2, 0, 0, 1), v=f32(0.75)))
case('pad_reflect', 'Pad', (2, 4), dict(p=i64(0, 0, 3, 0, 0, 2)), dict(mode='reflect'))
case('pad_cut', 'Pad', (4, 3), dict(p=i64(0, -1, 1, 0, -1, -1)))
case('resize_half_pixel', 'Resize', (1, 3, 4), dict(s=f32(1, 1, 2, 1.5)), dict(mode='nearest'), inputs=['x', '', 's'])
case('resize_asymmetric', 'Resize', (2, 2, 3), dict(s=f32(1, 1, 2, 3)), dict(mode='nearest', coordinate_transformation_mode='asymmetric', nearest_mode='floor'), inputs=['x', '', 's'])
case('upsample', 'Upsample', (2, 2, 3), dict(s=f32(1, 1, 2, 3)), dict(mode='nearest'), opset=9)
case('depth_to_space_dcr', 'DepthToSpace', (8, 2, 3), {}, dict(blocksize=2))
case('depth_to_space_crd', 'DepthToSpace', (8, 2, 3), {}, dict(blocksize=2, mode='CRD'))
case('space_to_depth', 'SpaceToDepth', (2, 4, 6), {}, dict(blocksize=2))
case('qlinear_conv', 'QLinearConv', (2, 5, 4),
     dict(xs=f32(0.03), xz=np.uint8(7), w=int8(3, 2, 3, 2), ws=f32(0.01, 0.02, 0.005), wz=np.zeros(3, np.int8), ys=f32(0.4),
          yz=np.uint8(100), b=np.array([500, -900, 77], np.int32)),
     dict(pads=[1, 0, 1, 1], strides=[1, 2]), elem=T.UINT8, out=T.UINT8)
case('qlinear_conv_depthwise', 'QLinearConv', (3, 6),
     dict(xs=f32(0.05), xz=np.int8(-3), w=int8(3, 1, 3), ws=f32(0.02), wz=np.int8(0), ys=f32(0.3), yz=np.int8(5)),
     dict(group=3), elem=T.INT8, out=T.INT8)
case('conv_integer', 'ConvInteger', (2, 4, 4), dict(w=rng.integers(0, 256, (2, 2, 2, 2)).astype(np.uint8), xz=np.uint8(9), wz=np.uint8(4)),
     dict(pads=[1, 1, 0, 0]), elem=T.UINT8, out=T.INT32)
case('qlinear_average_pool', 'QLinearAveragePool', (2, 4, 4), dict(xs=f32(0.1), xz=np.uint8(12), ys=f32(0.29), yz=np.uint8(30)),
     dict(kernel_shape=[2, 2], strides=[2, 2]), domain='com.microsoft', elem=T.UINT8, out=T.UINT8)
case('qlinear_global_average_pool', 'QLinearGlobalAveragePool', (3, 2, 4), dict(xs=f32(0.1), xz=np.uint8(12), ys=f32(0.29), yz=np.uint8(30)),
     domain='com.microsoft', elem=T.UINT8, out=T.UINT8)

out = sys.argv[1]
for name, (model, elem, shape) in cases.items():
    dtype = h.tensor_dtype_to_np_dtype(elem)
    info = None if elem == T.FLOAT else np.iinfo(dtype)
    x = grid(5, *shape) if info is None else rng.integers(info.min, info.max + 1, (5, *shape)).astype(dtype)
    options = rt.SessionOptions()
    options.graph_optimization_level = rt.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    try:
        y = rt.InferenceSession(model.SerializeToString(), options).run(None, {'x': x})[0]
    except Exception as error:
        print(name, str(error)[:200])
        continue
    folder = f'{out}/{name}'
    os.makedirs(folder, exist_ok=True)
    onnx.save(model, f'{folder}/model.onnx')
    np.save(f'{folder}/inputs.npy', x)
    np.save(f'{folder}/expected.npy', y)
