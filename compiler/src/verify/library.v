// The modules of kaon's library as their users see them.
(* blackbox *) module kaon_add #(
  parameter WIDTH = 8, CARRY = 8, A_USED = 0, B_USED = 0, A_INVERT = 0, B_INVERT = 0,
            CONSTANT = 0, CARRY_IN = 0, SAVE_IN = 0, SHARED = 0, SAVE = 0
) (input [WIDTH-1:0] a, input [WIDTH-1:0] b, output [WIDTH-1:0] sum);
endmodule
(* blackbox *) module kaon_add3 #(
  parameter WIDTH = 8, CARRY = 8, A_USED = 0, B_USED = 0, C_USED = 0, A_INVERT = 0, B_INVERT = 0,
            C_INVERT = 0, CONSTANT = 0, CARRY_IN = 0, SAVE_IN = 0, SHARED = 0, SAVE = 0, ROUTED = 0
) (input [WIDTH-1:0] a, input [WIDTH-1:0] b, input [WIDTH-1:0] c, output [WIDTH-1:0] sum);
endmodule
(* blackbox *) module kaon_clamp #(
  parameter WIDTH = 8
) (input [WIDTH-1:0] value, input [1:0] over, input under, output [WIDTH-1:0] result);
endmodule
(* blackbox *) module kaon_lut #(
  parameter [63:0] INIT = 0
) (input [5:0] index, output result);
endmodule
