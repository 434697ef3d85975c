module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4) -> (si5) {
    %0 = "fx.neg"(%x0) : (si4) -> si5 loc("a")
    %1 = "fx.add"(%0, %x1) : (si5, si4) -> si6 loc("a")
    %2 = "fx.constant"() {value = 3 : ui2} : () -> ui2 loc("b")
    %3 = "fx.add"(%x1, %2) : (si4, ui2) -> si5 loc("b")
    return %3 : si5
  }
}
