module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si8, %x1: si8) -> (si6) {
    %0 = "fx.clamp"(%x0) {min = 0 : ui1, max = 100 : ui7} : (si8) -> si8 loc("relu")
    %1 = "fx.clamp"(%x1) {min = 0 : ui1, max = 20 : ui5} : (si8) -> si8 loc("relu")
    %2 = "fx.add"(%0, %1) : (si8, si8) -> si9 loc("dense")
    %3 = "fx.shr"(%2) {amount = 3 : i64} : (si9) -> si6 loc("dense")
    return %3 : si6
  }
}
