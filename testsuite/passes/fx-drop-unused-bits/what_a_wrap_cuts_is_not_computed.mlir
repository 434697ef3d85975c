module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6) -> (si5) {
    %0 = "fx.constant"() {value = 45 : ui6} : () -> ui6 loc("dense")
    %1 = "fx.mul"(%x0, %0) : (si6, ui6) -> si12 loc("dense")
    %2 = "fx.mul"(%x1, %0) : (si6, ui6) -> si12 loc("dense")
    %3 = "fx.add"(%1, %2) : (si12, si12) -> si13 loc("dense")
    %4 = "fx.sub"(%3, %x1) : (si13, si6) -> si13 loc("dense")
    %5 = "fx.wrap"(%4) : (si13) -> si5 loc("overflow")
    return %5 : si5
  }
}
