module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4, %x2: si4) -> (si7, si8) {
    %0 = "fx.constant"() {value = -3 : si3} : () -> si3 loc("dense")
    %1 = "fx.constant"() {value = 6 : ui3} : () -> ui3 loc("dense")
    %2 = "fx.constant"() {value = -1 : si1} : () -> si1 loc("dense")
    %3 = "fx.mul"(%x0, %0) : (si4, si3) -> si6 loc("dense")
    %4 = "fx.mul"(%x0, %1) : (si4, ui3) -> si7 loc("dense")
    %5 = "fx.mul"(%x1, %2) : (si4, si1) -> si5 loc("dense")
    %6 = "fx.add"(%x2, %3) : (si4, si6) -> si7 loc("dense")
    %7 = "fx.add"(%x2, %4) : (si4, si7) -> si7 loc("dense")
    %8 = "fx.add"(%6, %5) : (si7, si5) -> si7 loc("dense")
    %9 = "fx.add"(%7, %5) : (si7, si5) -> si8 loc("dense")
    return %8, %9 : si7, si8
  }
}
