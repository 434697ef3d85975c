module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si14) -> (ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1) {
    %0 = "fx.constant"() {value = 157 : ui10} : () -> ui10 loc("trees")
    %1 = "fx.compare"(%x0, %0) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %2 = "fx.constant"() {value = 193 : ui10} : () -> ui10 loc("trees")
    %3 = "fx.compare"(%x0, %2) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %4 = "fx.constant"() {value = 186 : ui10} : () -> ui10 loc("trees")
    %5 = "fx.compare"(%x0, %4) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %6 = "fx.constant"() {value = 469 : ui10} : () -> ui10 loc("trees")
    %7 = "fx.compare"(%x0, %6) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %8 = "fx.constant"() {value = 273 : ui10} : () -> ui10 loc("trees")
    %9 = "fx.compare"(%x0, %8) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %10 = "fx.constant"() {value = 853 : ui10} : () -> ui10 loc("trees")
    %11 = "fx.compare"(%x0, %10) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %12 = "fx.constant"() {value = 785 : ui10} : () -> ui10 loc("trees")
    %13 = "fx.compare"(%x0, %12) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %14 = "fx.constant"() {value = 415 : ui10} : () -> ui10 loc("trees")
    %15 = "fx.compare"(%x0, %14) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %16 = "fx.constant"() {value = 357 : ui10} : () -> ui10 loc("trees")
    %17 = "fx.compare"(%x0, %16) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %18 = "fx.constant"() {value = 720 : ui10} : () -> ui10 loc("trees")
    %19 = "fx.compare"(%x0, %18) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %20 = "fx.constant"() {value = 317 : ui10} : () -> ui10 loc("trees")
    %21 = "fx.compare"(%x0, %20) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    %22 = "fx.constant"() {value = 721 : ui10} : () -> ui10 loc("trees")
    %23 = "fx.compare"(%x0, %22) {predicate = "le"} : (si14, ui10) -> ui1 loc("trees")
    return %1, %3, %5, %7, %9, %11, %13, %15, %17, %19, %21, %23 : ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1, ui1
  }
}
