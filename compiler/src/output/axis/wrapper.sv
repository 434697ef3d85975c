// @TOP@ behind AXI-Stream: @WHAT@.
// A sample is let in only when its answer has a place in the queue, so that the circuit, which
// never waits, loses nothing when the receiver does. tlast marks the last token of an answer.
module @TOP@_axis (
  input  wire @IN@ s_axis_tdata,
  input  wire s_axis_tvalid,
  output wire s_axis_tready,
  output wire @OUT@ m_axis_tdata,
  output wire m_axis_tvalid,
  input  wire m_axis_tready,
  output wire m_axis_tlast,
  input  wire aclk,
  input  wire aresetn
);
  localparam integer TOKENS   = @TOKENS@;    // of a sample
  localparam integer SPACING  = @SPACING@;   // clock cycles from a token to the next
  localparam integer REST     = @REST@;      // and from the last one to the next sample
  localparam integer ANSWERS  = @ANSWERS@;   // tokens of an answer
  localparam integer SAMPLES  = @SAMPLES@;   // that may be in the circuit and in the queue
  localparam integer PLACES   = SAMPLES * ANSWERS;

  // The border of the input: when the next token may come.
  reg [31:0] token, pause, free;
  wire ready = pause == 0 && (token != 0 || free != 0);
  wire enters = ready && s_axis_tvalid;
  wire begins = enters && token == 0;
  assign s_axis_tready = ready;

  wire @Y@ y;
  wire out_valid;
  @TOP@ circuit (
    .clk(aclk),
    .rst(!aresetn),
    .in_valid(enters),
    .@XNAME@(s_axis_tdata@X@),
    .@YNAME@(y),
    .out_valid(out_valid)
  );

  // The border of the output: a queue.
  reg @Y@ queue [0:PLACES-1];
  reg [31:0] head, tail, held, leaving;
  wire leaves = m_axis_tvalid && m_axis_tready;
  wire ends = leaves && m_axis_tlast;
  assign m_axis_tvalid = held != 0;
  assign m_axis_tdata = @PADDED@;
  assign m_axis_tlast = leaving == ANSWERS - 1;

  always @(posedge aclk) begin
    if (out_valid) queue[tail] <= y;
    if (!aresetn) begin
      token <= 0;
      pause <= 0;
      free <= SAMPLES;
      head <= 0;
      tail <= 0;
      held <= 0;
      leaving <= 0;
    end else begin
      if (enters) begin
        token <= token == TOKENS - 1 ? 0 : token + 1;
        pause <= (token == TOKENS - 1 ? REST : SPACING) - 1;
      end else if (pause != 0) pause <= pause - 1;
      free <= free + (ends ? 1 : 0) - (begins ? 1 : 0);
      if (out_valid) tail <= tail == PLACES - 1 ? 0 : tail + 1;
      if (leaves) begin
        head <= head == PLACES - 1 ? 0 : head + 1;
        leaving <= m_axis_tlast ? 0 : leaving + 1;
      end
      held <= held + (out_valid ? 1 : 0) - (leaves ? 1 : 0);
    end
  end
endmodule
