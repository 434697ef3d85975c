module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si10) -> (si13, si16, si17, si15) {
    %0 = "fx.constant"() {value = 7 : ui3} : () -> ui3 loc("dense")
    %1 = "fx.constant"() {value = 45 : ui6} : () -> ui6 loc("dense")
    %2 = "fx.constant"() {value = -90 : si8} : () -> si8 loc("dense")
    %3 = "fx.constant"() {value = 23 : ui5} : () -> ui5 loc("dense")
    %4 = "fx.mul"(%x0, %0) : (si10, ui3) -> si13 loc("dense")
    %5 = "fx.mul"(%x0, %1) : (si10, ui6) -> si16 loc("dense")
    %6 = "fx.mul"(%x0, %2) : (si10, si8) -> si17 loc("dense")
    %7 = "fx.mul"(%x0, %3) : (si10, ui5) -> si15 loc("dense")
    return %4, %5, %6, %7 : si13, si16, si17, si15
  }
}
