// The inner sum is an output too; the sum before the clamp goes into no register.
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8, %x2: si8, %x3: si8) -> (si10, si9, ui8) attributes {kaon.inputs = [{name = "x", shape = array<i64: 4>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 3>, scale = "1"}], kaon.latency = 1 : i64, kaon.clock_ps = 5000 : i64} {
    %0 = "fx.add"(%x0, %x1) : (si8, si8) -> si9 loc("shared")
    %1 = "fx.add"(%0, %x2) : (si9, si8) -> si10 loc("shared")
    %2 = "fx.register"(%0) : (si9) -> si9 loc("shared")
    %3 = "fx.register"(%1) : (si10) -> si10 loc("shared")
    %4 = "fx.add"(%x1, %x3) : (si8, si8) -> si9 loc("clamped")
    %5 = "fx.add"(%4, %x2) : (si9, si8) -> si10 loc("clamped")
    %6 = "fx.clamp"(%5) {min = 0 : ui1, max = 255 : ui8} : (si10) -> ui8 loc("clamped")
    %7 = "fx.register"(%6) : (ui8) -> ui8 loc("clamped")
    return %3, %2, %7 : si10, si9, ui8
  }
}
