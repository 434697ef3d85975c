module attributes {kaon.level = "fx"} {
  func.func @top(%x0: ui3, %x1: ui3) -> (ui9, si12, ui9, ui3) {
    %0 = "fx.add"(%x0, %x1) : (ui3, ui3) -> ui9 loc("dense")
    %1 = "fx.sub"(%0, %x1) : (ui9, ui3) -> si12 loc("dense")
    return %0, %1, %0, %x0 : ui9, si12, ui9, ui3
  }
}
