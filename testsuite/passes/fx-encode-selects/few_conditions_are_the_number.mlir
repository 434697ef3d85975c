module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui1, %x1: ui1, %x2: ui1, %x3: ui1) -> (ui8) {
    %0 = "fx.constant"() {value = 187 : ui8} : () -> ui8 loc("trees")
    %1 = "fx.constant"() {value = 177 : ui8} : () -> ui8 loc("trees")
    %2 = "fx.select"(%x3, %0, %1) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %3 = "fx.constant"() {value = 248 : ui8} : () -> ui8 loc("trees")
    %4 = "fx.constant"() {value = 249 : ui8} : () -> ui8 loc("trees")
    %5 = "fx.select"(%x2, %3, %4) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %6 = "fx.select"(%x2, %2, %5) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %7 = "fx.constant"() {value = 229 : ui8} : () -> ui8 loc("trees")
    %8 = "fx.constant"() {value = 166 : ui8} : () -> ui8 loc("trees")
    %9 = "fx.select"(%x1, %7, %8) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %10 = "fx.constant"() {value = 187 : ui8} : () -> ui8 loc("trees")
    %11 = "fx.constant"() {value = 166 : ui8} : () -> ui8 loc("trees")
    %12 = "fx.select"(%x3, %10, %11) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %13 = "fx.select"(%x1, %9, %12) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %14 = "fx.select"(%x0, %6, %13) : (ui1, ui8, ui8) -> ui8 loc("trees")
    return %14 : ui8
  }
}
