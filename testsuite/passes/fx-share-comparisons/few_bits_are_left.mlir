module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui6) -> (ui1, ui1) {
    %0 = "fx.constant"() {value = 5 : ui4} : () -> ui4 loc("trees")
    %1 = "fx.compare"(%x0, %0) {predicate = "le"} : (ui6, ui4) -> ui1 loc("trees")
    %2 = "fx.constant"() {value = 9 : ui4} : () -> ui4 loc("trees")
    %3 = "fx.compare"(%x0, %2) {predicate = "le"} : (ui6, ui4) -> ui1 loc("trees")
    return %1, %3 : ui1, ui1
  }
}
