module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si6) -> (si6) {
    %0 = "fx.shl"(%x1) {amount = 4 : i64} : (si6) -> si10 loc("sum")
    %1 = "fx.sub"(%0, %x0) : (si10, si8) -> si11 loc("sum")
    %2 = "fx.shr"(%1) {amount = 5 : i64} : (si11) -> si6 loc("sum")
    return %2 : si6
  }
}
