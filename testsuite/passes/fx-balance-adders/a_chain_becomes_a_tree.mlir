module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6, %x2: si6, %x3: si6, %x4: si6, %x5: si6) -> (si9) {
    %0 = "fx.add"(%x0, %x1) : (si6, si6) -> si7 loc("dense")
    %1 = "fx.sub"(%0, %x2) : (si7, si6) -> si8 loc("dense")
    %2 = "fx.add"(%1, %x3) : (si8, si6) -> si9 loc("dense")
    %3 = "fx.sub"(%2, %x4) : (si9, si6) -> si9 loc("dense")
    %4 = "fx.add"(%3, %x5) : (si9, si6) -> si9 loc("dense")
    return %4 : si9
  }
}
