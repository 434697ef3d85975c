module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: ui3) -> (ui3, ui3, si10, ui6) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 4>, scale = "1"}]} {
    %0 = "fx.constant"() {value = 5 : ui3} : () -> ui3 loc("bias")
    %1 = "fx.shl"(%0) {amount = 3 : i64} : (ui3) -> ui6 loc("bias")
    %2 = "fx.add"(%x0, %1) : (si8, ui6) -> si10 loc("bias")
    return %0, %x1, %2, %1 : ui3, ui3, si10, ui6
  }
}
