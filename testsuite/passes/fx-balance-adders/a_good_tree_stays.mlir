module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6, %x2: si6, %x3: si6) -> (si8) {
    %0 = "fx.add"(%x0, %x1) : (si6, si6) -> si7 loc("dense")
    %1 = "fx.sub"(%x2, %x3) : (si6, si6) -> si7 loc("dense")
    %2 = "fx.add"(%0, %1) : (si7, si7) -> si8 loc("dense")
    return %2 : si8
  }
}
