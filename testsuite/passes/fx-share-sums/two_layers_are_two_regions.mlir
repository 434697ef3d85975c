module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si3, %x1: si3) -> (si8, si9) {
    %0 = "fx.constant"() {value = 3 : ui2} : () -> ui2 loc("first")
    %1 = "fx.mul"(%x0, %0) : (si3, ui2) -> si5 loc("first")
    %2 = "fx.add"(%1, %x1) : (si5, si3) -> si6 loc("first")
    %3 = "fx.mul"(%x1, %0) : (si3, ui2) -> si5 loc("first")
    %4 = "fx.sub"(%3, %x0) : (si5, si3) -> si6 loc("first")
    %5 = "fx.clamp"(%2) {min = 0 : ui1, max = 7 : ui3} : (si6) -> ui3 loc("first")
    %6 = "fx.clamp"(%4) {min = 0 : ui1, max = 7 : ui3} : (si6) -> ui3 loc("first")
    %7 = "fx.constant"() {value = -7 : si4} : () -> si4 loc("second")
    %8 = "fx.constant"() {value = 13 : ui4} : () -> ui4 loc("second")
    %9 = "fx.mul"(%5, %7) : (ui3, si4) -> si7 loc("second")
    %10 = "fx.mul"(%6, %8) : (ui3, ui4) -> ui7 loc("second")
    %11 = "fx.add"(%9, %10) : (si7, ui7) -> si8 loc("second")
    %12 = "fx.sub"(%11, %x0) : (si8, si3) -> si9 loc("residual")
    return %11, %12 : si8, si9
  }
}
