module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4) -> (si5) attributes {kaon.inputs = [{name = "x", shape = array<i64: 1>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 1>, scale = "1"}]} {
    %0 = "fx.neg"(%x0) : (si4) -> si5 loc("negated")
    return %0 : si5
  }
}
