module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si5, %x1: si5) -> (si7, si7) {
    %0 = "fx.constant"() {value = 7 : ui3} : () -> ui3 loc("bias")
    %1 = "fx.constant"() {value = -12 : si5} : () -> si5 loc("bias")
    %2 = "fx.add"(%x0, %0) : (si5, ui3) -> si6 loc("a")
    %3 = "fx.add"(%x1, %1) : (si5, si5) -> si6 loc("a")
    %4 = "fx.add"(%2, %3) : (si6, si6) -> si7 loc("a")
    %5 = "fx.sub"(%4, %0) : (si7, ui3) -> si7 loc("a")
    %6 = "fx.sub"(%0, %x0) : (ui3, si5) -> si6 loc("b")
    %7 = "fx.neg"(%6) : (si6) -> si6 loc("b")
    %8 = "fx.add"(%7, %0) : (si6, ui3) -> si6 loc("b")
    %9 = "fx.sub"(%8, %x1) : (si6, si5) -> si7 loc("b")
    return %5, %9 : si7, si7
  }
}
