module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui3, %x1: si3) -> (ui3, si4, ui1) {
    %0 = "fx.lookup"(%x0) {first = 0 : ui1, table = array<i64: 9, 4, 7, 1, 0, 3, 3, 8>} : (ui3) -> ui4 loc("sigmoid")
    %1 = "fx.clamp"(%0) {min = 1 : ui1, max = 7 : ui3} : (ui4) -> ui3 loc("sigmoid")
    %2 = "fx.lookup"(%1) {first = 0 : ui1, table = array<i64: 0, 5, 2, 2, 7, 7, 1, 6>} : (ui3) -> ui3 loc("tanh")
    %3 = "fx.lookup"(%x1) {first = -4 : si3, table = array<i64: -7, -5, -3, -1, 1, 3, 5, 7>} : (si3) -> si4 loc("line")
    %4 = "fx.constant"() {value = 2 : ui2} : () -> ui2 loc("step")
    %5 = "fx.add"(%x1, %4) : (si3, ui2) -> si4 loc("step")
    %6 = "fx.lookup"(%5) {first = -2 : si2, table = array<i64: 0, 0, 0, 0, 0, 1, 1, 1>} : (si4) -> ui1 loc("step")
    return %2, %3, %6 : ui3, si4, ui1
  }
}
