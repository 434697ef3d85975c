module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4) -> (si4) {
    %0 = "fx.neg"(%x0) : (si4) -> si5 loc("a")
    return %x1 : si4
  }
}
