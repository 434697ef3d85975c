// The wrapper between a sender and a receiver that stall at random, seen as a circuit with a
// fixed latency: every token that comes is sent when the sender feels like it, and the answers
// are shown LATENCY cycles after the token that they are due with.
module stalled (
  input  wire clk,
  input  wire rst,
  input  wire in_valid,
  input  wire [@X@-1:0] x,
  output wire [@Y@-1:0] y,
  output wire out_valid
);
  localparam integer LATENCY = @LATENCY@, TOKENS = @TOKENS@, ANSWERS = @ANSWERS@;
  localparam integer XB = (@X@ + 7) / 8 * 8, YB = (@Y@ + 7) / 8 * 8;

  reg [31:0] noise;
  wire sends = noise[3] | noise[11], takes = noise[7] & noise[19];

  reg [@X@-1:0] sent [0:4095];
  reg [11:0] written, read;
  wire valid = written != read && sends;
  wire ready, answered, last;
  wire [YB-1:0] answer;
  @TOP@_axis dut (
    .aclk(clk), .aresetn(!rst),
    .s_axis_tdata({{(XB-@X@){1'b1}}, sent[read]}), .s_axis_tvalid(valid), .s_axis_tready(ready),
    .m_axis_tdata(answer), .m_axis_tvalid(answered), .m_axis_tready(takes), .m_axis_tlast(last)
  );

  reg [@Y@-1:0] kept [0:4095];
  reg [11:0] filled, shown;
  reg [31:0] token, leaving;
  reg wrong;
  reg [LATENCY-1:0] due;
  assign out_valid = due[LATENCY-1];
  assign y = wrong ? ~kept[shown] : kept[shown];
  wire is_due = in_valid && token >= TOKENS - ANSWERS;

  always @(posedge clk) begin
    if (in_valid) sent[written] <= x;
    if (answered && takes) kept[filled] <= answer[@Y@-1:0];
    due <= {due[LATENCY-2:0], is_due && !rst};
    if (rst) begin
      noise <= 32'h2545f491;
      {written, read, filled, shown, token, leaving, wrong} <= 0;
      due <= 0;
    end else begin
      noise <= {noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]};
      if (in_valid) begin
        written <= written + 1;
        token <= token == TOKENS - 1 ? 0 : token + 1;
      end
      if (valid && ready) read <= read + 1;
      if (answered && takes) begin
        filled <= filled + 1;
        leaving <= leaving == ANSWERS - 1 ? 0 : leaving + 1;
        if (last != (leaving == ANSWERS - 1)) wrong <= 1;
      end
      if (out_valid) begin
        shown <= shown + 1;
        if (shown == filled) wrong <= 1;
      end
    end
  end
endmodule
