module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si5, %x1: si5) -> (si10) {
    %0 = "fx.mul"(%x0, %x1) : (si5, si5) -> si10 loc("attention")
    return %0 : si10
  }
}
