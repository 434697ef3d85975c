// Unsigned, the first sum would invert both signs: two outputs of one LUT.
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8, %x2: ui10, %x3: ui11) -> (ui12, ui12) attributes {kaon.inputs = [{name = "x", shape = array<i64: 4>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = "1"}]} {
    %0 = "fx.sum2"(%x0, %x1) {shifts = array<i64: 0, 0>, negative = array<i64: 0, 0>, constant = 256 : ui9} : (si8, si8) -> ui9 loc("first")
    %1 = "fx.sum2"(%0, %x2) {shifts = array<i64: 1, 0>, negative = array<i64: 0, 0>, constant = 0 : ui1} : (ui9, ui10) -> ui11 loc("second")
    %2 = "fx.sum2"(%0, %x3) {shifts = array<i64: 0, 0>, negative = array<i64: 0, 0>, constant = 0 : ui1} : (ui9, ui11) -> ui12 loc("third")
    %3 = "fx.sum2"(%1, %x3) {shifts = array<i64: 0, 0>, negative = array<i64: 0, 0>, constant = 0 : ui1} : (ui11, ui11) -> ui12 loc("fourth")
    return %3, %2 : ui12, ui12
  }
}
