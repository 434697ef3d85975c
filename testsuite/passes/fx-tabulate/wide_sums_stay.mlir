module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6, %x2: si6) -> (si8) {
    %0 = "fx.sub"(%x0, %x1) : (si6, si6) -> si7 loc("dense")
    %1 = "fx.add"(%0, %x2) : (si7, si6) -> si8 loc("dense")
    return %1 : si8
  }
}
