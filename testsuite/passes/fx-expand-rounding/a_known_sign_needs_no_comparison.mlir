module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui6) -> (ui5, ui4, ui1) {
    %0 = "fx.round"(%x0) {amount = 2 : i64, mode = "half_away"} : (ui6) -> ui5 loc("quantise")
    %1 = "fx.round"(%x0) {amount = 2 : i64, mode = "toward_zero"} : (ui6) -> ui4 loc("quantise")
    %2 = "fx.round"(%x0) {amount = 9 : i64, mode = "half_even"} : (ui6) -> ui1 loc("quantise")
    return %0, %1, %2 : ui5, ui4, ui1
  }
}
