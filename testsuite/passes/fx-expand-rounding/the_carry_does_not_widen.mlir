module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui8) -> (ui4) {
    %0 = "fx.clamp"(%x0) {min = 0 : ui1, max = 247 : ui8} : (ui8) -> ui8 loc("quantise")
    %1 = "fx.round"(%0) {amount = 4 : i64, mode = "half_up"} : (ui8) -> ui4 loc("quantise")
    return %1 : ui4
  }
}
