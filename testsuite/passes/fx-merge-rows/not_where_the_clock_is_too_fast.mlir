// The clamped sum is late: through one LUT more it would miss the clock.
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8, %x2: si8, %x3: si8) -> (si11) attributes {kaon.inputs = [{name = "x", shape = array<i64: 4>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 1>, scale = "1"}], kaon.latency = 1 : i64, kaon.clock_ps = 2100 : i64} {
    %0 = "fx.add"(%x0, %x1) : (si8, si8) -> si9 loc("late")
    %1 = "fx.clamp"(%0) {min = 0 : ui1, max = 255 : ui8} : (si9) -> ui8 loc("late")
    %2 = "fx.add"(%x2, %x3) : (si8, si8) -> si9 loc("early")
    %3 = "fx.add"(%1, %2) : (ui8, si9) -> si11 loc("both")
    %4 = "fx.register"(%3) : (si11) -> si11 loc("both")
    return %4 : si11
  }
}
