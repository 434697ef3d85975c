// after: fx-rewrite
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui10) -> (ui1, ui1, ui1) {
    %0 = "fx.constant"() {value = 703 : ui10} : () -> ui10 loc("trees")
    %1 = "fx.compare"(%x0, %0) {predicate = "le"} : (ui10, ui10) -> ui1 loc("trees")
    %2 = "fx.constant"() {value = 511 : ui9} : () -> ui9 loc("trees")
    %3 = "fx.compare"(%x0, %2) {predicate = "le"} : (ui10, ui9) -> ui1 loc("trees")
    %4 = "fx.constant"() {value = 340 : ui9} : () -> ui9 loc("trees")
    %5 = "fx.compare"(%x0, %4) {predicate = "le"} : (ui10, ui9) -> ui1 loc("trees")
    return %1, %3, %5 : ui1, ui1, ui1
  }
}
