module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui4, %x1: ui4, %x2: ui4) -> (ui3) {
    %0 = "fx.constant"() {value = 11 : ui4} : () -> ui4 loc("dense")
    %1 = "fx.constant"() {value = 7 : ui3} : () -> ui3 loc("dense")
    %2 = "fx.mul"(%x0, %0) : (ui4, ui4) -> ui8 loc("dense")
    %3 = "fx.mul"(%x1, %1) : (ui4, ui3) -> ui7 loc("dense")
    %4 = "fx.sub"(%2, %3) : (ui8, ui7) -> si9 loc("dense")
    %5 = "fx.sub"(%4, %x2) : (si9, ui4) -> si9 loc("dense")
    %6 = "fx.constant"() {value = -19 : si6} : () -> si6 loc("dense")
    %7 = "fx.add"(%5, %6) : (si9, si6) -> si9 loc("dense")
    %8 = "fx.shr"(%7) {amount = 3 : i64} : (si9) -> si6 loc("act")
    %9 = "fx.clamp"(%8) {min = 0 : ui1, max = 7 : ui3} : (si6) -> ui3 loc("act")
    return %9 : ui3
  }
}
