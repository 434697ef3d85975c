module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui5, %x1: ui1, %x2: ui1) -> (ui2) {
    %0 = "fx.shl"(%x0) {amount = 1 : i64} : (ui5) -> ui6 loc("trees")
    %1 = "fx.add"(%0, %x1) : (ui6, ui1) -> ui6 loc("trees")
    %2 = "fx.lookup"(%1) {first = 0 : i64, table = array<i64: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (ui6) -> ui1 loc("trees")
    %3 = "fx.add"(%0, %x2) : (ui6, ui1) -> ui6 loc("trees")
    %4 = "fx.lookup"(%3) {first = 0 : i64, table = array<i64: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (ui6) -> ui1 loc("trees")
    %5 = "fx.shl"(%4) {amount = 1 : i64} : (ui1) -> ui2 loc("trees")
    %6 = "fx.add"(%5, %2) : (ui2, ui1) -> ui2 loc("trees")
    return %6 : ui2
  }
}
