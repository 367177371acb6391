// SPDX-License-Identifier: Apache-2.0
// Synthesises a counter and an ALU with @yowasp/yosys, and has it refuse a source with an error in it.
import path from "node:path";
import { pathToFileURL } from "node:url";

const counter = `module counter #(parameter WIDTH = 12) (input wire clk, input wire reset, input wire enable, input wire down, output reg [WIDTH-1:0] value, output wire wrapped);
  wire [WIDTH-1:0] next = down ? value - 1'b1 : value + 1'b1;
  assign wrapped = enable && (down ? value == 0 : &value);
  always @(posedge clk) if (reset) value <= 0; else if (enable) value <= next;
endmodule
`;
const alu = `module alu (input wire clk, input wire [7:0] a, input wire [7:0] b, input wire [2:0] operation, output reg [7:0] result, output reg carry, output wire zero);
  assign zero = result == 0;
  always @(posedge clk) begin
    carry <= 0;
    case (operation)
      3'd0: {carry, result} <= a + b;
      3'd1: {carry, result} <= a - b;
      3'd2: result <= a & b;
      3'd3: result <= a | b;
      3'd4: result <= a ^ b;
      3'd5: result <= a << b[2:0];
      3'd6: result <= $signed(a) >>> b[2:0];
      3'd7: result <= a < b ? 8'd1 : 8'd0;
    endcase
  end
endmodule
module top (input wire clk, input wire reset, input wire [2:0] operation, output wire [7:0] result, output wire carry, output wire zero, output wire wrapped);
  wire [11:0] value;
  counter #(.WIDTH(12)) count (.clk(clk), .reset(reset), .enable(1'b1), .down(operation[0]), .value(value), .wrapped(wrapped));
  alu unit (.clk(clk), .a(value[7:0]), .b(value[11:4]), .operation(operation), .result(result), .carry(carry), .zero(zero));
endmodule
`;

export async function main(packageFolder, write) {
  const { runYosys, Exit } = await import(pathToFileURL(path.join(packageFolder, "gen/bundle.js")));
  const run = async (name, script, files, ...options) => {
    const output = [];
    const take = (bytes) => bytes && output.push(Buffer.from(bytes));
    let made = {}, code = 0;
    try {
      made = await runYosys(["-Q", ...options, "-p", script], files, { stdout: take, stderr: take });
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      ({ code } = error);
      made = error.files ?? {};
    }
    // Yosys ends with how long it took and how much memory it used: no two runs agree on that.
    write(`${name}.log`, `${Buffer.concat(output).toString().replace(/^(End of script|Time spent).*$/gm, "")}\nexit ${code}\n`);
    for (const [file, content] of Object.entries(made)) {
      const isFile = typeof content === "string" || ArrayBuffer.isView(content);
      if (isFile && !(file in files)) write(`${name}-${file}`, content);
    }
  };
  const sources = { "counter.v": counter, "alu.v": alu };
  await run("generic", "read_verilog counter.v alu.v; hierarchy -check -top top; proc; opt; memory; opt; techmap; opt; stat; write_json out.json; write_verilog out.v", sources);
  // Quiet: every line of a log crosses to this program several times, and every crossing compares some hundred megabytes of memory.
  await run("ice40", "read_verilog counter.v alu.v; synth_ice40 -top top -json out.json; write_blif out.blif; tee -q -o stat.txt stat", sources, "-q");
  await run("error", "read_verilog bad.v", { "bad.v": "module broken (input a; endmodule\n" });
}
