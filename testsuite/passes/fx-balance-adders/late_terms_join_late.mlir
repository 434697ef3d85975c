module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6, %x2: si6, %x3: si6, %x4: si6) -> (si19) {
    %0 = "fx.mul"(%x0, %x1) : (si6, si6) -> si12 loc("late")
    %1 = "fx.mul"(%0, %x0) : (si12, si6) -> si18 loc("late")
    %2 = "fx.add"(%1, %x1) : (si18, si6) -> si19 loc("dense")
    %3 = "fx.add"(%2, %x2) : (si19, si6) -> si19 loc("dense")
    %4 = "fx.add"(%3, %x3) : (si19, si6) -> si19 loc("dense")
    %5 = "fx.sub"(%4, %x4) : (si19, si6) -> si19 loc("dense")
    return %5 : si19
  }
}
