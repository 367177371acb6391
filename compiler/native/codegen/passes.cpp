// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/passes.hpp"

namespace ingot::compiler::native::codegen {
namespace {

// Options of simplifycfg: before the loop passes it must leave loops alone, after them it may turn switches into tables.
const std::string simplify_early =
    "simplifycfg<bonus-inst-threshold=1;no-forward-switch-cond;switch-range-to-icmp;no-switch-to-arithmetic;no-switch-to-lookup;keep-loops;"
    "no-hoist-common-insts;no-sink-common-insts;speculate-blocks;simplify-cond-branch>";
const std::string simplify_late =
    "simplifycfg<bonus-inst-threshold=1;forward-switch-cond;switch-range-to-icmp;switch-to-arithmetic;switch-to-lookup;no-keep-loops;"
    "hoist-common-insts;sink-common-insts;speculate-blocks;simplify-cond-branch>";
const std::string combine = "instcombine<max-iterations=1;no-verify-fixpoint>";

// Every local variable of the C becomes a value.
const std::string to_values = "function<eager-inv>(lower-expect," + simplify_early + ",sroa<modify-cfg>,early-cse<>)";

const std::string scalars_and_loops =
    "sroa<modify-cfg>,early-cse<memssa>,jump-threading,correlated-propagation," + simplify_early + "," + combine +
    ",reassociate"
    ",loop-mssa(loop-instsimplify,loop-simplifycfg,licm<no-allowspeculation>,loop-rotate<header-duplication>,licm<allowspeculation>,"
    "simple-loop-unswitch<trivial>)," +
    simplify_early +
    ",loop(loop-idiom,indvars,loop-deletion,loop-unroll-full)"
    ",gvn<>,sccp,bdce," +
    combine + ",dse," + simplify_early;

const std::string vectors_and_shape =
    "loop-vectorize<no-interleave-forced-only;no-vectorize-forced-only;>,infer-alignment," + simplify_late + "," +
    combine + ",loop-unroll<O3>,sroa<preserve-cfg>," + combine + ",loop-mssa(licm<allowspeculation>),loop-sink,instsimplify,div-rem-pairs," + simplify_early;

}  // namespace

Passes passes(bool inline_guest) {
  const std::string start = to_values + ",always-inline,globaldce,require<globals-aa>,";
  const std::string early = inline_guest ? "cgscc(inline,function<eager-inv;no-rerun>(" + scalars_and_loops + ")),globaldce" : "function<eager-inv>(" + scalars_and_loops + ")";
  return {.early = start + early, .again = scalars_and_loops, .late = "function<eager-inv>(" + vectors_and_shape + ")"};
}

}  // namespace ingot::compiler::native::codegen
