  @TOP@ dut (
@PINS@
  );

  initial begin
@READS@
    while (answers < COUNT) begin
@DRIVES@
      #@HALF@;
      check;
    end
    finish;
  end
