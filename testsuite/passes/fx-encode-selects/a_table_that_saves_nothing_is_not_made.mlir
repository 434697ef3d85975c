module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui1, %x1: ui1) -> (ui8) {
    %0 = "fx.constant"() {value = 200 : ui8} : () -> ui8 loc("trees")
    %1 = "fx.constant"() {value = 130 : ui8} : () -> ui8 loc("trees")
    %2 = "fx.constant"() {value = 255 : ui8} : () -> ui8 loc("trees")
    %3 = "fx.select"(%x1, %1, %2) : (ui1, ui8, ui8) -> ui8 loc("trees")
    %4 = "fx.select"(%x0, %0, %3) : (ui1, ui8, ui8) -> ui8 loc("trees")
    return %4 : ui8
  }
}
