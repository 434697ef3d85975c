module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6) -> (ui1, si6, ui1) {
    %0 = "fx.constant"() {value = 8 : ui4} : () -> ui4 loc("threshold")
    %1 = "fx.constant"() {value = 0 : ui1} : () -> ui1 loc("threshold")
    %2 = "fx.constant"() {value = 3 : ui2} : () -> ui2 loc("threshold")
    %3 = "fx.add"(%x0, %2) : (si6, ui2) -> si7 loc("threshold")
    %4 = "fx.compare"(%3, %0) {predicate = "lt"} : (si7, ui4) -> ui1 loc("threshold")
    %5 = "fx.sub"(%x0, %x1) : (si6, si6) -> si7 loc("order")
    %6 = "fx.compare"(%5, %1) {predicate = "le"} : (si7, ui1) -> ui1 loc("order")
    %7 = "fx.select"(%6, %x1, %x0) : (ui1, si6, si6) -> si6 loc("order")
    %8 = "fx.round"(%x0) {amount = 3 : i64, mode = "half_even"} : (si6) -> si4 loc("sign")
    %9 = "fx.compare"(%8, %2) {predicate = "lt"} : (si4, ui2) -> ui1 loc("sign")
    %10 = "fx.not"(%9) : (ui1) -> ui1 loc("sign")
    return %4, %7, %10 : ui1, si6, ui1
  }
}
