module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si16, %x1: si16, %x2: ui4) -> (si36) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 1>, scale = "1"}]} {
    %0 = "fx.mul"(%x0, %x1) : (si16, si16) -> si32 loc("first")
    %1 = "fx.mul"(%0, %x2) : (si32, ui4) -> si36 loc("second")
    return %1 : si36
  }
}
