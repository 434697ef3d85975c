// Squares and products of two inputs count, products by a constant do not.
// options: products=1
module attributes {kaon.level = "fx"} {
  func.func @top(%x0: si4, %x1: si4) -> (si8, si8, si7) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>, scale = "1"}], kaon.outputs = [{name = "y", shape = array<i64: 3>, scale = "1"}]} {
    %0 = "fx.constant"() {value = 5 : ui3} : () -> ui3 loc("weighted")
    %1 = "fx.mul"(%x0, %x1) : (si4, si4) -> si8 loc("crossed")
    %2 = "fx.mul"(%x1, %x1) : (si4, si4) -> si8 loc("crossed")
    %3 = "fx.mul"(%x0, %0) : (si4, ui3) -> si7 loc("weighted")
    return %1, %2, %3 : si8, si8, si7
  }
}
