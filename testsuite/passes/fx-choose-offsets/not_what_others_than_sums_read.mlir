// A clamp and an output read these sums.
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8, %x2: si8) -> (ui8, si10) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = "1"}]} {
    %0 = "fx.sum2"(%x0, %x1) {shifts = array<i64: 0, 0>, negative = array<i64: 0, 0>, constant = 256 : ui9} : (si8, si8) -> ui9 loc("clamped")
    %1 = "fx.clamp"(%0) {min = 0 : ui1, max = 255 : ui8} : (ui9) -> ui8 loc("clamped")
    %2 = "fx.sum2"(%x1, %x2) {shifts = array<i64: 0, 0>, negative = array<i64: 1, 1>, constant = 0 : ui1} : (si8, si8) -> si10 loc("output")
    return %1, %2 : ui8, si10
  }
}
