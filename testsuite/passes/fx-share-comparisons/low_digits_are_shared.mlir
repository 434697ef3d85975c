module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui10) -> (ui1, ui1, ui1, ui1, ui1, ui1) {
    %0 = "fx.constant"() {value = 325 : ui10} : () -> ui10 loc("trees")
    %1 = "fx.compare"(%x0, %0) {predicate = "le"} : (ui10, ui10) -> ui1 loc("trees")
    %2 = "fx.constant"() {value = 709 : ui10} : () -> ui10 loc("trees")
    %3 = "fx.compare"(%x0, %2) {predicate = "le"} : (ui10, ui10) -> ui1 loc("trees")
    %4 = "fx.constant"() {value = 582 : ui10} : () -> ui10 loc("trees")
    %5 = "fx.compare"(%x0, %4) {predicate = "lt"} : (ui10, ui10) -> ui1 loc("trees")
    %6 = "fx.constant"() {value = 134 : ui10} : () -> ui10 loc("trees")
    %7 = "fx.compare"(%6, %x0) {predicate = "le"} : (ui10, ui10) -> ui1 loc("trees")
    %8 = "fx.constant"() {value = 261 : ui10} : () -> ui10 loc("trees")
    %9 = "fx.compare"(%x0, %8) {predicate = "le"} : (ui10, ui10) -> ui1 loc("trees")
    %10 = "fx.constant"() {value = 415 : ui10} : () -> ui10 loc("trees")
    %11 = "fx.compare"(%x0, %10) {predicate = "le"} : (ui10, ui10) -> ui1 loc("trees")
    return %1, %3, %5, %7, %9, %11 : ui1, ui1, ui1, ui1, ui1, ui1
  }
}
