  reg           clk = 1'b0;
  reg           rst = 1'b1;
  reg           in_valid = 1'b0;
  wire          out_valid;
  reg [LATENCY:0] pending = 0; // in_valid of the last cycles
  integer       sent = 0;
  integer       cycle = 0;

  @TOP@ dut (
    .clk(clk), .rst(rst), .in_valid(in_valid), .out_valid(out_valid),
@PINS@
  );

  always #@HALF@ clk = ~clk;

  // Inputs change while the clock falls; there are cycles without a sample between the samples.
  initial begin
@READS@
    repeat (3) @(negedge clk);
    rst = 1'b0;
    while (sent < COUNT || cycle < LATENCY + 3) begin
      @(negedge clk);
      pending = {pending[LATENCY-1:0], in_valid};
      if (out_valid !== pending[LATENCY-1]) begin
        if (mismatches < SHOWN)
          $display("out_valid is %b after %0d samples", out_valid, sent);
        mismatches = mismatches + 1;
      end
      if (out_valid === 1'b1 && answers < COUNT)
        check;
      in_valid = sent < COUNT && cycle % 7 != 3 && cycle % 11 != 5;
      if (in_valid) begin
@DRIVES@
        sent = sent + 1;
      end
      else begin
@GARBAGE@
      end
      cycle = sent < COUNT ? cycle + 1 : in_valid ? 0 : cycle + 1;
    end
    finish;
  end
