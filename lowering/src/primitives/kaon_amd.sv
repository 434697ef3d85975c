// Cells of kaon for AMD devices: adders, clamps and tables of one bit.
// Adders are rows of LUTs and carry chains, placed bit by bit.
//
// At each place a row adds the bits of a, b and c that are used there, as they are or
// inverted, and a bit of CONSTANT: three bits at most. Two bits x, y go onto the chain:
// S = x ^ y, DI = x. Three make a second carry, their majority, which is added at the next
// place: S = x ^ y ^ z ^ carry, DI = carry. The LUT of the next place finds it again from the
// bits it is made of, on the output that feeds DI; where those are too many (ROUTED), the
// LUT of this place makes it. A single bit is passed by the chain: S is the bit.
//
// Where two bits stand at a place, they are those of a and b; where one stands, it is a's.

/* verilator lint_off UNUSEDSIGNAL */

// The LUT of one place.
module kaon_place #(
  parameter [2:0] USED = 0,          // which of a, b, c have a bit here,
  parameter [2:0] INVERT = 0,        // and which of these are added inverted
  parameter CONSTANT = 0,            // a constant bit
  parameter SAVE = 0,                // a second carry is made here,
  parameter ROUTED = 0,              // by this LUT
  parameter [2:0] USED_BELOW = 0,    // the same of the place below
  parameter [2:0] INVERT_BELOW = 0,
  parameter CONSTANT_BELOW = 0,
  parameter SAVE_BELOW = 0,
  parameter ROUTED_BELOW = 0,
  parameter SAVE_IN = 0              // below the first place: a constant second carry
) (
  input  wire [2:0] bits,
  input  wire [2:0] bits_below,
  input  wire       save_below,
  output wire       save,
  output wire       s,
  output wire       di
);
  localparam FROM_LUT = SAVE_BELOW && ROUTED_BELOW;
  localparam LOCAL = SAVE_BELOW && !ROUTED_BELOW;
  // Whether the LUT's second output is wanted, and whether there is a LUT at all.
  localparam BOTH = LOCAL || ROUTED || (USED[1] && INVERT[0] && !SAVE);
  localparam LUT = BOTH || USED[1] || (USED[0] && FROM_LUT);

  // The LUT's contents: what its inputs I0 to I4 are for each of the 64 patterns, and what
  // follows from them. Below three bits of this place stand three of the one below, else two.
  localparam [63:0] I0 = {32{2'b10}};
  localparam [63:0] I1 = {16{4'b1100}};
  localparam [63:0] I2 = {8{8'b1111_0000}};
  localparam [63:0] I3 = {4{16'hff00}};
  localparam [63:0] I4 = {2{32'hffff_0000}};
  localparam [63:0] X = USED[0] ? I0 ^ {64{INVERT[0]}} : 64'b0;
  localparam [63:0] Y = USED[1] ? I1 ^ {64{INVERT[1]}} : 64'b0;
  localparam [63:0] Z = USED[2] ? I2 ^ {64{INVERT[2]}} : {64{CONSTANT != 0}};
  localparam [63:0] U = USED_BELOW[0] ? (USED[2] ? I3 : I2) ^ {64{INVERT_BELOW[0]}} : 64'b0;
  localparam [63:0] V = USED_BELOW[1] ? (USED[2] ? I4 : I3) ^ {64{INVERT_BELOW[1]}} : 64'b0;
  localparam [63:0] W = USED_BELOW[2] ? I4 ^ {64{INVERT_BELOW[2]}} : {64{CONSTANT_BELOW != 0}};
  localparam [63:0] MADE = (X & Y) | (X & Z) | (Y & Z);
  localparam [63:0] FOUND = LOCAL ? (U & V) | (U & W) | (V & W)
                          : FROM_LUT ? I3 : {64{SAVE_IN != 0}};
  localparam [63:0] O6 = X ^ Y ^ Z ^ FOUND;
  localparam [63:0] O5 = LOCAL ? FOUND : ROUTED ? MADE : X;

  wire [4:0] pins = !LOCAL ? {1'b0, FROM_LUT && save_below, bits}
                  : USED[2] ? {bits_below[1:0], bits}
                  : {bits_below, bits[1:0]};
  wire o5;
  generate
    if (BOTH || USED[2] || FROM_LUT && LUT) begin : lut6
      LUT6_2 #(.INIT({O6[31:0], O5[31:0]})) lut (
        .I0(pins[0]), .I1(pins[1]), .I2(pins[2]), .I3(pins[3]), .I4(pins[4]), .I5(1'b1),
        .O6(s), .O5(o5)
      );
    end else if (LUT) begin : lut2
      LUT2 #(.INIT(O6[3:0])) lut (.I0(pins[0]), .I1(pins[1]), .O(s));
      assign o5 = 1'b0;
    end else begin : passed
      localparam FLIP = (CONSTANT != 0) ^ (SAVE_IN != 0) ^ (USED[0] && INVERT[0]);
      wire bit_in = USED[0] ? bits[0] : FROM_LUT && save_below;
      if (FLIP) assign s = ~bit_in;
      else assign s = bit_in;
      assign o5 = 1'b0;
    end
    if (LOCAL) assign di = o5;
    else if (FROM_LUT) assign di = save_below;
    else if (SAVE_IN) assign di = 1'b1;
    else if (SAVE) assign di = 1'b0;
    else if (USED[1] && INVERT[0]) assign di = o5;
    else if (USED[1]) assign di = bits[0];
    else assign di = CONSTANT != 0;
  endgenerate
  assign save = ROUTED && o5;
endmodule

// The carry chain, in cells of CARRY bits: 8 is CARRY8, 4 is CARRY4. sum has one bit more
// than s: the carry out.
module kaon_chain #(
  parameter WIDTH = 8,
  parameter CARRY = 8,
  parameter CARRY_IN = 0
) (
  input  wire [WIDTH-1:0] s,
  input  wire [WIDTH-1:0] di,
  output wire [WIDTH:0]   sum
);
  localparam CELLS = (WIDTH + CARRY - 1) / CARRY;
  localparam FILL = CELLS * CARRY - WIDTH;
  wire [CELLS*CARRY-1:0] all_s = {{FILL{1'b0}}, s};
  wire [CELLS*CARRY-1:0] all_di = {{FILL{1'b0}}, di};
  genvar at;
  generate
    for (at = 0; at < CELLS; at = at + 1) begin : cells
      localparam LAST = at == CELLS - 1 ? CARRY - FILL : CARRY;
      wire [CARRY-1:0] out;
      wire [CARRY-1:0] carry;
      wire             carry_in;
      if (at == 0) assign carry_in = CARRY_IN != 0;
      else assign carry_in = cells[at-1].carry[CARRY-1];
      if (CARRY == 8) begin : c8
        CARRY8 #(.CARRY_TYPE("SINGLE_CY8")) cell8 (
          .CI(carry_in), .CI_TOP(1'b0), .S(all_s[8*at+:8]), .DI(all_di[8*at+:8]),
          .O(out), .CO(carry)
        );
      end else begin : c4
        CARRY4 cell4 (
          .CI(at == 0 ? 1'b0 : carry_in), .CYINIT(at == 0 ? carry_in : 1'b0),
          .S(all_s[4*at+:4]), .DI(all_di[4*at+:4]), .O(out), .CO(carry)
        );
      end
      assign sum[CARRY*at+:LAST] = out[LAST-1:0];
      if (at == CELLS - 1) assign sum[WIDTH] = carry[LAST-1];
    end
  endgenerate
endmodule

// a + b + c + CONSTANT + CARRY_IN + SAVE_IN modulo 2^WIDTH, with bits inverted and left out
// as the masks say.
module kaon_add3 #(
  parameter WIDTH = 8,
  parameter CARRY = 8,
  parameter [WIDTH-1:0] A_USED = 0,
  parameter [WIDTH-1:0] B_USED = 0,
  parameter [WIDTH-1:0] C_USED = 0,
  parameter [WIDTH-1:0] A_INVERT = 0,
  parameter [WIDTH-1:0] B_INVERT = 0,
  parameter [WIDTH-1:0] C_INVERT = 0,
  parameter [WIDTH-1:0] CONSTANT = 0,
  parameter CARRY_IN = 0,
  parameter SAVE_IN = 0,
  parameter [WIDTH-1:0] SHARED = 0,   // places whose bits are those of the place below
  parameter [WIDTH-1:0] SAVE = 0,     // places that make a second carry,
  parameter [WIDTH-1:0] ROUTED = 0    // and those of them whose own LUT makes it
) (
  input  wire [WIDTH-1:0] a,
  input  wire [WIDTH-1:0] b,
  input  wire [WIDTH-1:0] c,
  output wire [WIDTH-1:0] sum
);
  wire [WIDTH-1:0] s;
  wire [WIDTH-1:0] di;
  wire [WIDTH-1:0] save;
  genvar at;
  generate
    for (at = 0; at < WIDTH; at = at + 1) begin : places
      localparam [2:0] USED = {C_USED[at], B_USED[at], A_USED[at]};
      localparam [2:0] INVERT = {C_INVERT[at], B_INVERT[at], A_INVERT[at]};
      if (at == 0) begin : first
        kaon_place #(
          .USED(USED), .INVERT(INVERT), .CONSTANT(CONSTANT[at]), .SAVE(SAVE[at]),
          .ROUTED(ROUTED[at]), .SAVE_IN(SAVE_IN)
        ) place (
          .bits({c[at], b[at], a[at]}), .bits_below(3'b0), .save_below(1'b0),
          .save(save[at]), .s(s[at]), .di(di[at])
        );
      end else if (SHARED[at]) begin : shared
        assign s[at] = s[at-1];
        assign di[at] = di[at-1];
        assign save[at] = 1'b0;
      end else begin : next
        kaon_place #(
          .USED(USED), .INVERT(INVERT), .CONSTANT(CONSTANT[at]), .SAVE(SAVE[at]),
          .ROUTED(ROUTED[at]), .USED_BELOW({C_USED[at-1], B_USED[at-1], A_USED[at-1]}),
          .INVERT_BELOW({C_INVERT[at-1], B_INVERT[at-1], A_INVERT[at-1]}),
          .CONSTANT_BELOW(CONSTANT[at-1]), .SAVE_BELOW(SAVE[at-1]), .ROUTED_BELOW(ROUTED[at-1])
        ) place (
          .bits({c[at], b[at], a[at]}), .bits_below({c[at-1], b[at-1], a[at-1]}),
          .save_below(save[at-1]), .save(save[at]), .s(s[at]), .di(di[at])
        );
      end
    end
  endgenerate
  // Where nothing is added at the last place, its bit is the carry out.
  localparam LAST = WIDTH - 1;
  localparam BELOW = WIDTH > 1 ? WIDTH - 2 : 0;
  localparam ENDS = WIDTH > 1 && !A_USED[LAST] && !CONSTANT[LAST] && !SAVE[BELOW];
  localparam CHAIN = ENDS ? WIDTH - 1 : WIDTH;
  wire [CHAIN:0] all;
  kaon_chain #(.WIDTH(CHAIN), .CARRY(CARRY), .CARRY_IN(CARRY_IN)) chain (
    .s(s[CHAIN-1:0]), .di(di[CHAIN-1:0]), .sum(all)
  );
  assign sum = all[WIDTH-1:0];
endmodule

// The same for two operands.
module kaon_add #(
  parameter WIDTH = 8,
  parameter CARRY = 8,
  parameter [WIDTH-1:0] A_USED = 0,
  parameter [WIDTH-1:0] B_USED = 0,
  parameter [WIDTH-1:0] A_INVERT = 0,
  parameter [WIDTH-1:0] B_INVERT = 0,
  parameter [WIDTH-1:0] CONSTANT = 0,
  parameter CARRY_IN = 0,
  parameter SAVE_IN = 0,
  parameter [WIDTH-1:0] SHARED = 0,
  parameter [WIDTH-1:0] SAVE = 0
) (
  input  wire [WIDTH-1:0] a,
  input  wire [WIDTH-1:0] b,
  output wire [WIDTH-1:0] sum
);
  kaon_add3 #(
    .WIDTH(WIDTH), .CARRY(CARRY), .A_USED(A_USED), .B_USED(B_USED), .A_INVERT(A_INVERT),
    .B_INVERT(B_INVERT), .CONSTANT(CONSTANT), .CARRY_IN(CARRY_IN), .SAVE_IN(SAVE_IN),
    .SHARED(SHARED), .SAVE(SAVE)
  ) row (
    .a(a), .b(b), .c({WIDTH{1'b0}}), .sum(sum)
  );
endmodule

// value where it fits; 0 under, all ones over: two bits to a LUT.
module kaon_clamp #(
  parameter WIDTH = 8
) (
  input  wire [WIDTH-1:0] value,
  input  wire [1:0]       over,
  input  wire             under,
  output wire [WIDTH-1:0] result
);
  localparam PAIRS = (WIDTH + 1) / 2;
  wire [2*PAIRS-1:0] bits = {{2*PAIRS-WIDTH{1'b0}}, value};
  wire [2*PAIRS-1:0] clamped;
  genvar at;
  generate
    for (at = 0; at < PAIRS; at = at + 1) begin : pairs
      // O5 = (I0 | I2 | I3) & ~I4 and O6 = (I1 | I2 | I3) & ~I4.
      LUT6_2 #(.INIT(64'h0000fffc_0000fffa)) lut (
        .I0(bits[2*at]), .I1(bits[2*at+1]), .I2(over[0]), .I3(over[1]), .I4(under), .I5(1'b1),
        .O6(clamped[2*at+1]), .O5(clamped[2*at])
      );
    end
  endgenerate
  assign result = clamped[WIDTH-1:0];
endmodule

// The bit of INIT at index: one LUT.
module kaon_lut #(
  parameter [63:0] INIT = 0
) (
  input  wire [5:0] index,
  output wire       result
);
  LUT6 #(.INIT(INIT)) lut (
    .I0(index[0]), .I1(index[1]), .I2(index[2]), .I3(index[3]), .I4(index[4]), .I5(index[5]),
    .O(result)
  );
endmodule
