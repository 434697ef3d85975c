module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8) -> (si33, si10) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = "1"}]} {
    %0 = "fx.add"(%x0, %x1) : (si8, si8) -> si9 loc("sum")
    %1 = "fx.mul"(%0, %x1) : (si9, si8) -> si17 loc("power")
    %2 = "fx.mul"(%1, %0) : (si17, si9) -> si25 loc("power")
    %3 = "fx.mul"(%2, %x0) : (si25, si8) -> si33 loc("power")
    %4 = "fx.sub"(%0, %x0) : (si9, si8) -> si10 loc("difference")
    return %3, %4 : si33, si10
  }
}
