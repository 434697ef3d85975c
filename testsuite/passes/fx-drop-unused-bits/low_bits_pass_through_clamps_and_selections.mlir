module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si7, %x1: si7, %x2: ui1) -> (ui6) {
    %0 = "fx.shl"(%x1) {amount = 3 : i64} : (si7) -> si10 loc("a")
    %1 = "fx.add"(%x0, %0) : (si7, si10) -> si11 loc("a")
    %2 = "fx.select"(%x2, %1, %x0) : (ui1, si11, si7) -> si11 loc("a")
    %3 = "fx.clamp"(%2) {min = 0 : ui1, max = 300 : ui9} : (si11) -> ui9 loc("a")
    %4 = "fx.shr"(%3) {amount = 3 : i64} : (ui9) -> ui6 loc("a")
    return %4 : ui6
  }
}
