module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui4) -> (si9, si8) {
    %0 = "fx.shl"(%x0) {amount = 3 : i64} : (ui4) -> ui7 loc("dense")
    %1 = "fx.sub"(%0, %x0) : (ui7, ui4) -> si8 loc("dense")
    %2 = "fx.shl"(%x0) {amount = 1 : i64} : (ui4) -> ui5 loc("dense")
    %3 = "fx.sub"(%1, %2) : (si8, ui5) -> si9 loc("dense")
    %4 = "fx.add"(%3, %x0) : (si9, ui4) -> si9 loc("dense")
    %5 = "fx.shr"(%4) {amount = 1 : i64} : (si9) -> si8 loc("dense")
    return %3, %5 : si9, si8
  }
}
