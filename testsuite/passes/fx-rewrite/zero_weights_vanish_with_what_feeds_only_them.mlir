module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6, %x2: si6) -> (si9) {
    %0 = "fx.constant"() {value = 0 : ui1} : () -> ui1 loc("dense")
    %1 = "fx.constant"() {value = 5 : ui3} : () -> ui3 loc("dense")
    %2 = "fx.add"(%x0, %x1) : (si6, si6) -> si7 loc("before")
    %3 = "fx.clamp"(%2) {min = 0 : ui1, max = 31 : ui5} : (si7) -> ui5 loc("before")
    %4 = "fx.mul"(%3, %0) : (ui5, ui1) -> ui1 loc("dense")
    %5 = "fx.mul"(%x2, %1) : (si6, ui3) -> si9 loc("dense")
    %6 = "fx.mul"(%x1, %0) : (si6, ui1) -> ui1 loc("dense")
    %7 = "fx.add"(%4, %5) : (ui1, si9) -> si9 loc("dense")
    %8 = "fx.add"(%7, %6) : (si9, ui1) -> si9 loc("dense")
    %9 = "fx.add"(%8, %1) : (si9, ui3) -> si9 loc("dense")
    return %9 : si9
  }
}
