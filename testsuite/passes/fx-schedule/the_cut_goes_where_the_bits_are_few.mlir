module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si10, %x1: si10, %x2: si10, %x3: si10) -> (ui8) attributes {kaon.inputs = [{name = "x", shape = array<i64: 4>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 1>, scale = "1"}]} {
    %0 = "fx.mul"(%x0, %x1) : (si10, si10) -> si20 loc("dot")
    %1 = "fx.mul"(%x2, %x3) : (si10, si10) -> si20 loc("dot")
    %2 = "fx.add"(%0, %1) : (si20, si20) -> si21 loc("dot")
    %3 = "fx.clamp"(%2) {min = 0 : ui1, max = 65535 : ui16} : (si21) -> ui16 loc("relu")
    %4 = "fx.mul"(%3, %3) : (ui16, ui16) -> ui32 loc("square")
    %5 = "fx.shr"(%4) {amount = 24 : i64} : (ui32) -> ui8 loc("square")
    return %5 : ui8
  }
}
