// The constant 2050 meets two bits in the middle of the first sum; as an offset it is free in the second.
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui8, %x1: ui11, %x2: ui8) -> ui15 attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 1>, scale = "1"}]} {
    %0 = "fx.sum2"(%x0, %x1) {shifts = array<i64: 2, 0>, negative = array<i64: 0, 0>, constant = 20 : ui5} : (ui8, ui11) -> ui12 loc("first")
    %1 = "fx.sum2"(%0, %x2) {shifts = array<i64: 0, 6>, negative = array<i64: 0, 0>, constant = 0 : ui1} : (ui12, ui8) -> ui15 loc("second")
    return %1 : ui15
  }
}
