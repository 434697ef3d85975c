module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6, %x2: si6, %x3: si6) -> (si8, si9) {
    %0 = "fx.constant"() {value = 9 : ui4} : () -> ui4 loc("bias")
    %1 = "fx.constant"() {value = -30 : si6} : () -> si6 loc("bias")
    %2 = "fx.add"(%x0, %x1) : (si6, si6) -> si7 loc("shared")
    %3 = "fx.add"(%2, %0) : (si7, ui4) -> si8 loc("a")
    %4 = "fx.add"(%3, %x2) : (si8, si6) -> si8 loc("a")
    %5 = "fx.add"(%2, %1) : (si7, si6) -> si8 loc("b")
    %6 = "fx.sub"(%5, %x3) : (si8, si6) -> si8 loc("b")
    %7 = "fx.add"(%6, %0) : (si8, ui4) -> si9 loc("b")
    return %4, %7 : si8, si9
  }
}
