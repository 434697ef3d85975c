// Self-checking testbench of @TOP@, @WHAT@.
// Each line of <port>.hex is one @ROW@; in this folder:
//   $ verilator --binary --timing -j 2 -Wno-fatal --top-module @TOP@_tb @TOP@_tb.sv ../@TOP@.sv@LIBRARY@ && obj_dir/V@TOP@_tb
//   $ iverilog -g2012 -s @TOP@_tb -o @TOP@_tb @TOP@_tb.sv ../@TOP@.sv@LIBRARY@ && vvp @TOP@_tb
`timescale 1ps / 1ps

module @TOP@_tb;
  localparam COUNT = @COUNT@;
@SIZES@  localparam LATENCY = @LATENCY@;
  localparam SHOWN = 10; // mismatches that are printed

@DECLARATIONS@
  integer answers = 0;
  integer mismatches = 0;
  reg     differs;

  task check;
    begin
      differs = 1'b0;
@CHECKS@
      if (differs)
        mismatches = mismatches + 1;
      answers = answers + 1;
    end
  endtask

  task finish;
    begin
      if (answers != @ANSWERS@) begin
        $display("%0d answers for %0d samples", answers, COUNT);
        mismatches = mismatches + 1;
      end
      if (mismatches == 0) begin
        $display("PASS: %0d samples, latency %0d", COUNT, LATENCY);
        $finish;
      end
      else begin
        $display("FAIL: %0d mismatches in %0d samples", mismatches, COUNT);
        $fatal(1, "the design does not answer as expected");
      end
    end
  endtask

@BODY@
endmodule
