module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4) -> (si5) {
    %0 = "fx.neg"(%x0) : (si4) -> si5 loc("a")
    return %0 : si5
  }
}
