module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui1, %x1: ui1, %x2: ui1, %x3: ui1, %x4: ui1, %x5: ui1, %x6: ui1, %x7: ui1, %x8: ui1, %x9: ui1, %x10: ui1, %x11: ui1) -> (si5) {
    %0 = "fx.add"(%x0, %x1) : (ui1, ui1) -> ui2 loc("dense")
    %1 = "fx.sub"(%0, %x2) : (ui2, ui1) -> si3 loc("dense")
    %2 = "fx.add"(%1, %x3) : (si3, ui1) -> si3 loc("dense")
    %3 = "fx.add"(%2, %x4) : (si3, ui1) -> si4 loc("dense")
    %4 = "fx.sub"(%3, %x5) : (si4, ui1) -> si4 loc("dense")
    %5 = "fx.add"(%4, %x6) : (si4, ui1) -> si4 loc("dense")
    %6 = "fx.add"(%5, %x7) : (si4, ui1) -> si4 loc("dense")
    %7 = "fx.sub"(%6, %x8) : (si4, ui1) -> si4 loc("dense")
    %8 = "fx.add"(%7, %x9) : (si4, ui1) -> si4 loc("dense")
    %9 = "fx.add"(%8, %x10) : (si4, ui1) -> si5 loc("dense")
    %10 = "fx.sub"(%9, %x11) : (si5, ui1) -> si5 loc("dense")
    return %10 : si5
  }
}
