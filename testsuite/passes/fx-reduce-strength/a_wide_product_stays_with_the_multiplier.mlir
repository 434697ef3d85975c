module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si24) -> (si41) {
    %0 = "fx.constant"() {value = 94253 : ui17} : () -> ui17 loc("dense")
    %1 = "fx.mul"(%x0, %0) : (si24, ui17) -> si41 loc("dense")
    return %1 : si41
  }
}
