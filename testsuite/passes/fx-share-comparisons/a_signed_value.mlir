module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si14) -> (ui1, ui1, ui1, ui1, ui1, ui1) {
    %0 = "fx.constant"() {value = -3708 : si13} : () -> si13 loc("trees")
    %1 = "fx.compare"(%x0, %0) {predicate = "le"} : (si14, si13) -> ui1 loc("trees")
    %2 = "fx.constant"() {value = 761 : si13} : () -> si13 loc("trees")
    %3 = "fx.compare"(%x0, %2) {predicate = "le"} : (si14, si13) -> ui1 loc("trees")
    %4 = "fx.constant"() {value = 1580 : si13} : () -> si13 loc("trees")
    %5 = "fx.compare"(%x0, %4) {predicate = "le"} : (si14, si13) -> ui1 loc("trees")
    %6 = "fx.constant"() {value = -2703 : si13} : () -> si13 loc("trees")
    %7 = "fx.compare"(%x0, %6) {predicate = "le"} : (si14, si13) -> ui1 loc("trees")
    %8 = "fx.constant"() {value = -472 : si13} : () -> si13 loc("trees")
    %9 = "fx.compare"(%x0, %8) {predicate = "le"} : (si14, si13) -> ui1 loc("trees")
    %10 = "fx.constant"() {value = 1230 : si13} : () -> si13 loc("trees")
    %11 = "fx.compare"(%x0, %10) {predicate = "le"} : (si14, si13) -> ui1 loc("trees")
    return %1, %3, %5, %7, %9, %11 : ui1, ui1, ui1, ui1, ui1, ui1
  }
}
