module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4) -> (si11) {
    %0 = "fx.mul"(%x0, %x1) : (si4, si4) -> si8 loc("product")
    %1 = "fx.constant"() {value = 5 : ui3} : () -> ui3 loc("dense")
    %2 = "fx.mul"(%0, %1) : (si8, ui3) -> si10 loc("dense")
    %3 = "fx.neg"(%2) : (si10) -> si11 loc("dense")
    return %3 : si11
  }
}
