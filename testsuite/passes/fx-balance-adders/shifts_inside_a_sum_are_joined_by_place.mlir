module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si6, %x1: si6, %x2: si6, %x3: si6) -> (si14) {
    %0 = "fx.shl"(%x0) {amount = 4 : i64} : (si6) -> si10 loc("dense")
    %1 = "fx.add"(%0, %x1) : (si10, si6) -> si11 loc("dense")
    %2 = "fx.shl"(%x2) {amount = 4 : i64} : (si6) -> si10 loc("dense")
    %3 = "fx.add"(%1, %2) : (si11, si10) -> si12 loc("dense")
    %4 = "fx.shl"(%3) {amount = 1 : i64} : (si12) -> si13 loc("dense")
    %5 = "fx.add"(%4, %x3) : (si13, si6) -> si14 loc("dense")
    %6 = "fx.neg"(%5) : (si14) -> si14 loc("dense")
    %7 = "fx.sub"(%6, %x1) : (si14, si6) -> si14 loc("dense")
    return %7 : si14
  }
}
