module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8, %x2: ui8) -> (si11) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 1>, scale = "1"}], kaon.latency = 1 : i64, kaon.clock_ps = 2000 : i64} {
    %0 = "fx.sub"(%x0, %x1) : (si8, si8) -> si9 loc("first")
    %1 = "fx.shl"(%0) {amount = 1 : i64} : (si9) -> si10 loc("first")
    %2 = "fx.sub"(%x2, %1) : (ui8, si10) -> si11 loc("second")
    %3 = "fx.register"(%2) : (si11) -> si11 loc("second")
    return %3 : si11
  }
}
