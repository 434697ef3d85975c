module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4) -> (si8) {
    %0 = "fx.mul"(%x0, %x1) : (si4, si4) -> si8 loc("product")
    return %0 : si8
  }
}
