module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui2, %x1: ui2, %x2: ui2, %x3: ui2, %x4: ui2, %x5: ui2) -> (ui2) {
    %0 = "fx.shl"(%x0) {amount = 1 : i64} : (ui2) -> ui3 loc("dense")
    %1 = "fx.add"(%0, %x0) : (ui3, ui2) -> ui4 loc("dense")
    %2 = "fx.sub"(%1, %x1) : (ui4, ui2) -> si5 loc("dense")
    %3 = "fx.shl"(%x2) {amount = 1 : i64} : (ui2) -> ui3 loc("dense")
    %4 = "fx.add"(%2, %3) : (si5, ui3) -> si5 loc("dense")
    %5 = "fx.shl"(%x3) {amount = 1 : i64} : (ui2) -> ui3 loc("dense")
    %6 = "fx.add"(%5, %x3) : (ui3, ui2) -> ui4 loc("dense")
    %7 = "fx.sub"(%4, %6) : (si5, ui4) -> si5 loc("dense")
    %8 = "fx.add"(%7, %x4) : (si5, ui2) -> si6 loc("dense")
    %9 = "fx.shl"(%x5) {amount = 1 : i64} : (ui2) -> ui3 loc("dense")
    %10 = "fx.sub"(%8, %9) : (si6, ui3) -> si6 loc("dense")
    %11 = "fx.shr"(%10) {amount = 1 : i64} : (si6) -> si5 loc("act")
    %12 = "fx.clamp"(%11) {min = 0 : ui1, max = 3 : ui2} : (si5) -> ui2 loc("act")
    return %12 : ui2
  }
}
