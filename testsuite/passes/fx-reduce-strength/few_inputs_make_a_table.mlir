module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui4) -> (ui11) {
    %0 = "fx.constant"() {value = 107 : ui7} : () -> ui7 loc("dense")
    %1 = "fx.mul"(%x0, %0) : (ui4, ui7) -> ui11 loc("dense")
    return %1 : ui11
  }
}
