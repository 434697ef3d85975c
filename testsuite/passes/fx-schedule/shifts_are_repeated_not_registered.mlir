module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8) -> (si24, si28) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = "1"}]} {
    %0 = "fx.shl"(%x0) {amount = 4 : i64} : (si8) -> si12 loc("scaled")
    %1 = "fx.mul"(%0, %x1) : (si12, si8) -> si20 loc("first")
    %2 = "fx.add"(%1, %x1) : (si20, si8) -> si21 loc("first")
    %3 = "fx.mul"(%2, %x1) : (si21, si8) -> si28 loc("second")
    %4 = "fx.shl"(%1) {amount = 4 : i64} : (si20) -> si24 loc("second")
    return %4, %3 : si24, si28
  }
}
