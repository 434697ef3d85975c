# Makes the cases of this folder: python3 make.py FOLDER. The answers are onnxruntime's, without its optimisations.
import numpy as np, onnx, onnxruntime as rt
from onnx import helper as h, TensorProto as T, numpy_helper as nh
rng=np.random.default_rng(1)
def case(op,domain,inputs,consts,elem,shape,oshape,attrs,otype):
    node=h.make_node(op,inputs,['y'],name='layer',domain=domain,**attrs)
    g=h.make_graph([node],'g',[h.make_tensor_value_info('x',elem,shape)],[h.make_tensor_value_info('y',otype,oshape)],[nh.from_array(v,k) for k,v in consts.items()])
    return h.make_model(g,opset_imports=[h.make_opsetid('',13),h.make_opsetid('com.microsoft',1)],ir_version=8)
f=lambda *v: np.array(v,np.float32) if len(v)>1 else np.array(v[0],np.float32)
u=lambda v:np.array(v,np.uint8); i=lambda v:np.array(v,np.int8)
W=rng.integers(-128,128,(6,4)).astype(np.int8)
cases={}
cases['qlinear_matmul']=(case('QLinearMatMul','',['x','as','az','w','bs','bz','ys','yz'],dict(**{'as':f(0.03),'az':u(7),'w':W,'bs':f(0.01,0.02,0.005,0.03),'bz':i([1,0,-3,2]),'ys':f(0.11),'yz':u(101)}),T.UINT8,['N',6],['N',4],{},T.UINT8),np.uint8,6)
cases['qgemm']=(case('QGemm','com.microsoft',['x','as','az','w','bs','bz','c','ys','yz'],{'as':f(0.03),'az':i(-5),'w':W.T.copy(),'bs':f(0.01,0.02,0.005,0.03),'bz':i([0,0,0,0]),'c':np.array([100,-2000,30,4000],np.int32),'ys':f(0.13),'yz':i(3)},T.INT8,['N',6],['N',4],dict(transB=1,alpha=1.0),T.INT8),np.int8,6)
cases['qlinear_add']=(case('QLinearAdd','com.microsoft',['x','as','az','b','bs','bz','ys','yz'],{'as':f(0.05),'az':i(3),'b':i([5,-100,90,1]),'bs':f(0.07),'bz':i(1),'ys':f(0.09),'yz':i(-11)},T.INT8,['N',4],['N',4],{},T.INT8),np.int8,4)
cases['quantize_odd']=(case('QuantizeLinear','',['x','s','z'],{'s':f(0.5),'z':u(111)},T.FLOAT,['N',8],['N',8],{},T.UINT8),np.float32,8)
cases['quantize_axis']=(case('QuantizeLinear','',['x','s','z'],{'s':f(0.5,0.25,2,1),'z':i([1,0,-128,127])},T.FLOAT,['N',4],['N',4],dict(axis=1),T.INT8),np.float32,4)
cases['dequantize_axis']=(case('DequantizeLinear','',['x','s','z'],{'s':f(0.5,0.25,2,1),'z':i([1,0,-128,127])},T.INT8,['N',4],['N',4],dict(axis=1),T.FLOAT),np.int8,4)
import os,sys
out=sys.argv[1]; os.makedirs(out,exist_ok=True)
for k,(m,dt,n) in cases.items():
    x=(rng.integers(-1200,1200,(40,n))/8).astype(np.float32) if dt==np.float32 else rng.integers(np.iinfo(dt).min,np.iinfo(dt).max+1,(40,n)).astype(dt)
    so=rt.SessionOptions(); so.graph_optimization_level=rt.GraphOptimizationLevel.ORT_DISABLE_ALL
    y=rt.InferenceSession(m.SerializeToString(),so).run(None,{'x':x})[0]
    os.makedirs(f'{out}/{k}',exist_ok=True); onnx.save(m,f'{out}/{k}/model.onnx'); np.save(f'{out}/{k}/inputs.npy',x); np.save(f'{out}/{k}/expected.npy',y)
