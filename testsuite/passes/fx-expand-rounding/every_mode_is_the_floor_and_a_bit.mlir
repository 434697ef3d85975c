module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si7) -> (si4, si5, si5, si5, si5, si5, si5, si5, si5) {
    %0 = "fx.round"(%x0) {amount = 3 : i64, mode = "floor"} : (si7) -> si4 loc("floor")
    %1 = "fx.round"(%x0) {amount = 3 : i64, mode = "ceil"} : (si7) -> si5 loc("ceil")
    %2 = "fx.round"(%x0) {amount = 3 : i64, mode = "toward_zero"} : (si7) -> si5 loc("toward_zero")
    %3 = "fx.round"(%x0) {amount = 3 : i64, mode = "away_from_zero"} : (si7) -> si5 loc("away_from_zero")
    %4 = "fx.round"(%x0) {amount = 3 : i64, mode = "half_even"} : (si7) -> si5 loc("half_even")
    %5 = "fx.round"(%x0) {amount = 3 : i64, mode = "half_up"} : (si7) -> si5 loc("half_up")
    %6 = "fx.round"(%x0) {amount = 3 : i64, mode = "half_down"} : (si7) -> si5 loc("half_down")
    %7 = "fx.round"(%x0) {amount = 3 : i64, mode = "half_away"} : (si7) -> si5 loc("half_away")
    %8 = "fx.round"(%x0) {amount = 3 : i64, mode = "half_to_zero"} : (si7) -> si5 loc("half_to_zero")
    return %0, %1, %2, %3, %4, %5, %6, %7, %8 : si4, si5, si5, si5, si5, si5, si5, si5, si5
  }
}
