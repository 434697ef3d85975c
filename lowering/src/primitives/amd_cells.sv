// What the cells under kaon's adders compute: for simulation without the vendor's library.
// Not for synthesis, which knows them.

/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off UNUSEDPARAM */

module LUT2 #(
  parameter [3:0] INIT = 0
) (
  input  wire I0, I1,
  output wire O
);
  assign O = INIT[{I1, I0}];
endmodule

module LUT6 #(
  parameter [63:0] INIT = 0
) (
  input  wire I0, I1, I2, I3, I4, I5,
  output wire O
);
  assign O = INIT[{I5, I4, I3, I2, I1, I0}];
endmodule

module LUT6_2 #(
  parameter [63:0] INIT = 0
) (
  input  wire I0, I1, I2, I3, I4, I5,
  output wire O6, O5
);
  assign O6 = INIT[{I5, I4, I3, I2, I1, I0}];
  assign O5 = INIT[{1'b0, I4, I3, I2, I1, I0}];
endmodule

// A carry cell passes a carry on where S is 1 and makes DI the carry where S is 0: what it
// adds are S | DI and ~S & DI.
module CARRY4 (
  input  wire       CI, CYINIT,
  input  wire [3:0] DI, S,
  output wire [3:0] O, CO
);
  wire [4:0] sum = {1'b0, S | DI} + {1'b0, ~S & DI} + {4'b0, CI | CYINIT};
  assign O = sum[3:0];
  assign CO = sum[4:1] ^ {1'b0, S[3:1]};
endmodule

module CARRY8 #(
  parameter CARRY_TYPE = "SINGLE_CY8"
) (
  input  wire       CI, CI_TOP,
  input  wire [7:0] DI, S,
  output wire [7:0] O, CO
);
  wire [8:0] sum = {1'b0, S | DI} + {1'b0, ~S & DI} + {8'b0, CI};
  assign O = sum[7:0];
  assign CO = sum[8:1] ^ {1'b0, S[7:1]};
endmodule
