// Three operands on one carry chain, one LUT6_2 a bit: the peers' ternary adder on the primitives that kaon uses.
//
// out = (±in0·2^PAD0 ± in1·2^PAD1 ± in2·2^PAD2) >> DROP_LSBS, its low BW_OUT bits; the ports are those of alkaid's module.
//
// Where one operand alone reaches, its bits are wires; where two reach, the bit is a plain adder (one LUT, S = a ^ b);
// from the place where the third begins, LUT6_2 gives S = a ^ b ^ c ^ m[i-1] and m[i] = majority(a, b, c).
// The "+1" of a negated operand goes into the carry-in or into the vacant m below the first row of three.
// Where the two operands that begin first are both negated, the rows of three begin with the first.
// Three negated operands are no case for this module.
`timescale 1ns / 1ps

module ternary_adder #(
    parameter BW_INPUT0 = 32,
    parameter SIGNED0 = 0,
    parameter NEGATE0 = 0,
    parameter PAD0 = 0,
    parameter BW_INPUT1 = 32,
    parameter SIGNED1 = 0,
    parameter NEGATE1 = 0,
    parameter PAD1 = 0,
    parameter BW_INPUT2 = 32,
    parameter SIGNED2 = 0,
    parameter NEGATE2 = 0,
    parameter PAD2 = 0,
    parameter BW_OUT = 32,
    parameter DROP_LSBS = 0
) (
    input  [BW_INPUT0-1:0] in0,
    input  [BW_INPUT1-1:0] in1,
    input  [BW_INPUT2-1:0] in2,
    output [BW_OUT-1:0] out
);
  function integer lesser;
    input integer a;
    input integer b;
    lesser = (a < b) ? a : b;
  endfunction

  function integer greater;
    input integer a;
    input integer b;
    greater = (a > b) ? a : b;
  endfunction

  // Bit `i` of an operand: 2 + its index where it is a bit of the port, else a constant.
  function integer place;
    input integer i;
    input integer width;
    input integer is_signed;
    input integer pad;
    if (i < pad) place = 0;
    else if (i - pad < width) place = 2 + i - pad;
    else if (is_signed != 0) place = 2 + width - 1;
    else place = 0;
  endfunction

  // O6 in the high half, O5 in the low one: I0 I1 I2 the operands, each inverted where it is negated, I3 = m[i-1].
  function [63:0] init;
    input integer n0;
    input integer n1;
    input integer n2;
    integer k;
    reg a, b, c, m;
    begin
      init = 64'd0;
      for (k = 0; k < 32; k = k + 1) begin
        a = ((k >> 0) & 1) != n0;
        b = ((k >> 1) & 1) != n1;
        c = ((k >> 2) & 1) != n2;
        m = ((k >> 3) & 1) != 0;
        init[32+k] = a ^ b ^ c ^ m;
        init[k] = (a & b) | (a & c) | (b & c);
      end
    end
  endfunction

  localparam HIGH = DROP_LSBS + BW_OUT;  // bits of the sum, counted from weight 1
  localparam FIRST = lesser(lesser(PAD0, PAD1), PAD2);
  localparam THIRD = greater(greater(PAD0, PAD1), PAD2);
  localparam SECOND = PAD0 + PAD1 + PAD2 - FIRST - THIRD;
  // The operand that begins last, a negated one if there is a choice, and whether it is negated.
  localparam LAST = (PAD2 == THIRD && NEGATE2) ? 2 : (PAD1 == THIRD && NEGATE1) ? 1 : (PAD0 == THIRD && NEGATE0) ? 0 :
      (PAD2 == THIRD) ? 2 : (PAD1 == THIRD) ? 1 : 0;
  localparam LAST_NEGATED = (LAST == 0) ? NEGATE0 : (LAST == 1) ? NEGATE1 : NEGATE2;
  localparam OTHERS_NEGATED = NEGATE0 + NEGATE1 + NEGATE2 - LAST_NEGATED;
  localparam FIRST_NEGATED = (LAST != 0 && PAD0 == FIRST && NEGATE0) || (LAST != 1 && PAD1 == FIRST && NEGATE1) ||
      (LAST != 2 && PAD2 == FIRST && NEGATE2);
  // Below CHAIN the sum is a copy, below ROWS a plain adder.
  localparam CHAIN = FIRST_NEGATED ? FIRST : SECOND;
  localparam ROWS = (OTHERS_NEGATED == 2) ? CHAIN : THIRD;
  localparam CARRY_IN = OTHERS_NEGATED > 0;
  localparam M_BELOW_ROWS = (OTHERS_NEGATED == 2) || (LAST_NEGATED != 0);
  // The operand that a plain bit passes to DI: one of the two, and not negated.
  localparam PASSED = (LAST != 0 && !NEGATE0) ? 0 : (LAST != 1 && !NEGATE1) ? 1 : 2;
  localparam BITS = HIGH - CHAIN;
  localparam CARRIES = (BITS + 7) / 8;

  generate
    if (NEGATE0 + NEGATE1 + NEGATE2 > 2) begin : unsupported
      three_negated_operands unsupported ();
    end
  endgenerate

  wire [HIGH-1:0] a, b, c, sum;
  genvar i;
  generate
    for (i = 0; i < HIGH; i = i + 1) begin : operand
      localparam AT0 = place(i, BW_INPUT0, SIGNED0, PAD0);
      localparam AT1 = place(i, BW_INPUT1, SIGNED1, PAD1);
      localparam AT2 = place(i, BW_INPUT2, SIGNED2, PAD2);
      if (AT0 < 2) assign a[i] = 1'b0;
      else assign a[i] = in0[AT0-2];
      if (AT1 < 2) assign b[i] = 1'b0;
      else assign b[i] = in1[AT1-2];
      if (AT2 < 2) assign c[i] = 1'b0;
      else assign c[i] = in2[AT2-2];
    end

    for (i = 0; i < CHAIN && i < HIGH; i = i + 1) begin : copied
      assign sum[i] = a[i] | b[i] | c[i];  // one of them, or none, is a wire
    end

    if (BITS > 0) begin : chained
      wire [8*CARRIES-1:0] s, di, o, co;
      wire [BITS:0] m;
      assign m[0] = M_BELOW_ROWS;
      for (i = 0; i < 8 * CARRIES; i = i + 1) begin : position
        if (i >= BITS) begin : unused
          assign s[i]  = 1'b0;
          assign di[i] = 1'b0;
        end else if (i + CHAIN < ROWS) begin : plain
          assign s[i] = a[i+CHAIN] ^ b[i+CHAIN] ^ c[i+CHAIN] ^ (OTHERS_NEGATED != 0);
          assign di[i] = (PASSED == 0) ? a[i+CHAIN] : (PASSED == 1) ? b[i+CHAIN] : c[i+CHAIN];
          assign m[i+1] = M_BELOW_ROWS;
        end else begin : row
          LUT6_2 #(
              .INIT(init(NEGATE0, NEGATE1, NEGATE2))
          ) lut (
              .I0(a[i+CHAIN]),
              .I1(b[i+CHAIN]),
              .I2(c[i+CHAIN]),
              .I3(m[i]),
              .I4(1'b0),
              .I5(1'b1),
              .O6(s[i]),
              .O5(m[i+1])
          );
          assign di[i] = m[i];
        end
      end
      for (i = 0; i < CARRIES; i = i + 1) begin : carry
        wire below;
        if (i == 0) assign below = CARRY_IN;
        else assign below = co[8*i-1];
        CARRY8 #(
            .CARRY_TYPE("SINGLE_CY8")
        ) carry8 (
            .CI(below),
            .CI_TOP(1'b0),
            .DI(di[8*i+:8]),
            .S(s[8*i+:8]),
            .O(o[8*i+:8]),
            .CO(co[8*i+:8])
        );
      end
      assign sum[HIGH-1:CHAIN] = o[BITS-1:0];
    end
  endgenerate

  assign out = sum[HIGH-1:DROP_LSBS];
endmodule
