module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4) -> (si6, si6) {
    %0 = "fx.neg"(%x0) : (si4) -> si5 loc("a")
    %1 = "fx.register"(%0) : (si5) -> si5 loc("a")
    %2 = "fx.register"(%x1) : (si4) -> si4 loc("a")
    %3 = "fx.neg"(%1) : (si5) -> si5 loc("a")
    %4 = "fx.add"(%3, %2) : (si5, si4) -> si6 loc("a")
    %5 = "fx.sub"(%2, %1) : (si4, si5) -> si6 loc("a")
    return %4, %5 : si6, si6
  }
}
