module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui4, %x1: si8) -> (ui4, ui4, ui3) {
    %0 = "fx.shl"(%x0) {amount = 2 : i64} : (ui4) -> ui6 loc("a")
    %1 = "fx.round"(%0) {amount = 2 : i64, mode = "half_even"} : (ui6) -> ui4 loc("a")
    %2 = "fx.clamp"(%1) {min = 0 : ui1, max = 15 : ui4} : (ui4) -> ui4 loc("a")
    %3 = "fx.clamp"(%2) {min = 3 : ui2, max = 9 : ui4} : (ui4) -> ui4 loc("a")
    %4 = "fx.constant"() {value = 48 : ui6} : () -> ui6 loc("b")
    %5 = "fx.add"(%x1, %4) : (si8, ui6) -> si9 loc("b")
    %6 = "fx.round"(%5) {amount = 3 : i64, mode = "half_up"} : (si9) -> si6 loc("b")
    %7 = "fx.clamp"(%6) {min = -10 : si5, max = 20 : ui5} : (si6) -> si6 loc("b")
    %8 = "fx.clamp"(%7) {min = 0 : ui1, max = 15 : ui4} : (si6) -> ui4 loc("b")
    %9 = "fx.clamp"(%x1) {min = 0 : ui1, max = 100 : ui7} : (si8) -> ui7 loc("c")
    %10 = "fx.round"(%9) {amount = 4 : i64, mode = "toward_zero"} : (ui7) -> ui3 loc("c")
    return %3, %8, %10 : ui4, ui4, ui3
  }
}
