// after: fx-schedule
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui8, %x1: ui8, %x2: ui8) -> (si14, si11) attributes {kaon.inputs = [{name = "x", shape = array<i64: 3>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = "1"}]} {
    %0 = "fx.constant"() {value = -37 : si7} : () -> si7 loc("bias")
    %1 = "fx.add"(%x0, %0) : (ui8, si7) -> si10 loc("bias")
    %2 = "fx.shl"(%x1) {amount = 4 : i64} : (ui8) -> ui12 loc("bias")
    %3 = "fx.sub"(%1, %2) : (si10, ui12) -> si14 loc("bias")
    %4 = "fx.add"(%x1, %x2) : (ui8, ui8) -> ui9 loc("pair")
    %5 = "fx.sub"(%4, %x0) : (ui9, ui8) -> si11 loc("pair")
    return %3, %5 : si14, si11
  }
}
