  reg           clk = 1'b0;
  reg           rst = 1'b1;
  reg           in_valid = 1'b0;
  wire          out_valid;
  reg  [31:0]   comes [0:TOKENS-1];   // the clock cycle in which each token comes
  reg  [31:0]   leaves [0:ANSWERS-1]; // and in which each token of an answer leaves
  integer       sent = 0;
  integer       cycle = 0;
  reg           due;

  @TOP@ dut (
    .clk(clk), .rst(rst), .in_valid(in_valid), .out_valid(out_valid),
@PINS@
  );

  always #@HALF@ clk = ~clk;

  // Inputs change while the clock falls; there are pauses between the tokens.
  initial begin
@READS@
    $readmemh("comes.hex", comes);
    $readmemh("leaves.hex", leaves);
    repeat (3) @(negedge clk);
    rst = 1'b0;
    for (cycle = 0; cycle < CYCLES; cycle = cycle + 1) begin
      @(negedge clk);
      due = answers < ANSWERS && leaves[answers] == cycle;
      if (out_valid !== due) begin
        if (mismatches < SHOWN)
          $display("out_valid is %b in clock cycle %0d", out_valid, cycle);
        mismatches = mismatches + 1;
      end
      if (out_valid === 1'b1 && answers < ANSWERS)
        check;
      in_valid = sent < TOKENS && comes[sent] == cycle;
      if (in_valid) begin
@DRIVES@
        sent = sent + 1;
      end
      else begin
@GARBAGE@
      end
    end
    finish;
  end
