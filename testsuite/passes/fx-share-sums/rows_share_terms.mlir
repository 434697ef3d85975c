module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4, %x2: si4) -> (si8, si10, si9) {
    %0 = "fx.constant"() {value = 5 : ui3} : () -> ui3 loc("dense")
    %1 = "fx.constant"() {value = 10 : ui4} : () -> ui4 loc("dense")
    %2 = "fx.constant"() {value = 3 : ui2} : () -> ui2 loc("dense")
    %3 = "fx.mul"(%x0, %0) : (si4, ui3) -> si7 loc("dense")
    %4 = "fx.mul"(%x1, %2) : (si4, ui2) -> si6 loc("dense")
    %5 = "fx.add"(%3, %4) : (si7, si6) -> si8 loc("dense")
    %6 = "fx.mul"(%x0, %1) : (si4, ui4) -> si8 loc("dense")
    %7 = "fx.mul"(%x1, %1) : (si4, ui4) -> si8 loc("dense")
    %8 = "fx.sub"(%6, %7) : (si8, si8) -> si9 loc("dense")
    %9 = "fx.sub"(%8, %x2) : (si9, si4) -> si10 loc("dense")
    %10 = "fx.mul"(%x2, %0) : (si4, ui3) -> si7 loc("dense")
    %11 = "fx.add"(%5, %10) : (si8, si7) -> si9 loc("dense")
    return %5, %9, %11 : si8, si10, si9
  }
}
