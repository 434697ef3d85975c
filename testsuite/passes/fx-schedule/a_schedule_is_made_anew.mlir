module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8) -> (si9) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 1>, scale = "1"}], kaon.latency = 2 : i64, kaon.clock_ps = 1000 : i64} {
    %0 = "fx.register"(%x0) : (si8) -> si8 loc("inputs")
    %1 = "fx.register"(%x1) : (si8) -> si8 loc("inputs")
    %2 = "fx.add"(%0, %1) : (si8, si8) -> si9 loc("sum")
    %3 = "fx.register"(%2) : (si9) -> si9 loc("sum")
    return %3 : si9
  }
}
