module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui1, %x1: ui1, %x2: ui1, %x3: ui1, %x4: ui1, %x5: ui1, %x6: ui1, %x7: ui1) -> (ui8) {
    %0 = "fx.constant"() {value = 200 : ui8} : () -> ui8 loc("trees")
    %1 = "fx.constant"() {value = 130 : ui8} : () -> ui8 loc("trees")
    %2 = "fx.select"(%x0, %1, %0) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %3 = "fx.constant"() {value = 139 : ui8} : () -> ui8 loc("trees")
    %4 = "fx.select"(%x1, %3, %2) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %5 = "fx.constant"() {value = 148 : ui8} : () -> ui8 loc("trees")
    %6 = "fx.select"(%x2, %5, %4) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %7 = "fx.constant"() {value = 157 : ui8} : () -> ui8 loc("trees")
    %8 = "fx.select"(%x3, %7, %6) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %9 = "fx.constant"() {value = 166 : ui8} : () -> ui8 loc("trees")
    %10 = "fx.select"(%x4, %9, %8) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %11 = "fx.constant"() {value = 175 : ui8} : () -> ui8 loc("trees")
    %12 = "fx.select"(%x5, %11, %10) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %13 = "fx.constant"() {value = 184 : ui8} : () -> ui8 loc("trees")
    %14 = "fx.select"(%x6, %13, %12) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %15 = "fx.constant"() {value = 193 : ui8} : () -> ui8 loc("trees")
    %16 = "fx.select"(%x7, %15, %14) : (ui1, ui8, ui8) -> ui8 loc("trees")
    return %16 : ui8
  }
}
