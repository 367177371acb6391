// SPDX-License-Identifier: Apache-2.0
#include "modules/discovery.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace {

using ingot::modules::decide_order;
using ingot::modules::Found;
using ingot::modules::Order;
using ingot::modules::parse_description;

Found module(const std::string& name, std::vector<std::string> depends, bool active = true, const std::string& problem = "") {
  Found found;
  found.description.name = name;
  found.description.depends = std::move(depends);
  found.description.active = active;
  found.problem = problem;
  return found;
}

std::vector<std::vector<std::string>> levels_of(const std::vector<Found>& found, const Order& order) {
  std::vector<std::vector<std::string>> levels;
  for (const auto& level : order.levels) {
    std::vector<std::string> names;
    for (const std::size_t index : level) names.push_back(found[index].description.name);
    std::ranges::sort(names);
    levels.push_back(names);
  }
  return levels;
}

std::map<std::string, std::string> reasons_of(const std::vector<Found>& found, const Order& order) {
  std::map<std::string, std::string> reasons;
  for (const auto& [index, reason] : order.left_out) reasons[found[index].description.name] = reason;
  return reasons;
}

using Levels = std::vector<std::vector<std::string>>;

TEST(Order, The_seeds_graph_loads_in_three_levels) {
  const std::vector<Found> found{module("accounting", {"core"}), module("core", {}), module("crm", {"core"}),
                                 module("hr", {"core"}),         module("invoicing", {"crm", "accounting"}),
                                 module("payroll", {"hr", "accounting"})};
  const Order order = decide_order(found);
  EXPECT_EQ(levels_of(found, order), (Levels{{"core"}, {"accounting", "crm", "hr"}, {"invoicing", "payroll"}}));
  EXPECT_TRUE(order.left_out.empty());
}

TEST(Order, A_version_that_does_not_fit_takes_only_those_that_need_another) {
  const auto described = [](const std::string& name, const std::string& version, const std::string& depends) {
    Found found;
    const auto description = parse_description(R"({"name":")" + name + R"(","version":")" + version + R"(","depends":)" + depends + "}");
    EXPECT_TRUE(description.ok()) << (description.ok() ? "" : description.error().message);
    if (description.ok()) found.description = *description;
    return found;
  };
  const std::vector<Found> found{described("crm", "1.4.0", "[]"), described("old", "x", "[]"), described("fits", "1.0.0", R"(["crm ^1.2"])"), described("plain", "1.0.0", R"(["crm","old"])"),
                                 described("newer", "1.0.0", R"(["crm ^2"])"), described("behind", "1.0.0", R"(["newer"])"), described("unknown", "1.0.0", R"(["old *"])")};
  const Order order = decide_order(found);
  EXPECT_EQ(levels_of(found, order), (Levels{{"crm", "old"}, {"fits", "plain"}}));
  const auto reasons = reasons_of(found, order);
  EXPECT_EQ(reasons.at("newer"), "depends on 'crm' ^2, but 1.4.0 is installed");
  EXPECT_EQ(reasons.at("behind"), "depends on 'newer', which is not available: depends on 'crm' ^2, but 1.4.0 is installed");
  EXPECT_EQ(reasons.at("unknown"), "depends on 'old' *, whose version 'x' is no MAJOR.MINOR.PATCH");
  for (const char* wrong : {R"(["crm latest"])", R"(["crm "])", R"(["crm ^1","crm ^2"])"}) {
    EXPECT_FALSE(parse_description(R"({"name":"a","depends":)" + std::string(wrong) + "}").ok()) << wrong;
  }
}

TEST(Order, A_missing_dependency_takes_only_those_with_it_that_need_it) {
  const std::vector<Found> found{module("a", {"ghost"}), module("b", {"a"}), module("c", {})};
  const Order order = decide_order(found);
  EXPECT_EQ(levels_of(found, order), (Levels{{"c"}}));
  const auto reasons = reasons_of(found, order);
  EXPECT_EQ(reasons.at("a"), "depends on 'ghost', which is not installed");
  EXPECT_EQ(reasons.at("b"), "depends on 'a', which is not available: depends on 'ghost', which is not installed");
}

TEST(Order, A_cycle_is_named_and_the_rest_loads) {
  const std::vector<Found> found{module("a", {"b"}), module("b", {"c"}), module("c", {"a"}), module("behind", {"a"}), module("free", {})};
  const Order order = decide_order(found);
  EXPECT_EQ(levels_of(found, order), (Levels{{"free"}}));
  const auto reasons = reasons_of(found, order);
  EXPECT_EQ(reasons.at("a"), "dependency cycle: a -> b -> c -> a");
  EXPECT_EQ(reasons.at("b"), reasons.at("a"));
  EXPECT_EQ(reasons.at("c"), reasons.at("a"));
  EXPECT_NE(reasons.at("behind").find("depends on 'a'"), std::string::npos);
}

TEST(Order, A_module_that_depends_on_itself_is_a_cycle) {
  const std::vector<Found> found{module("a", {"a"})};
  EXPECT_EQ(reasons_of(found, decide_order(found)).at("a"), "dependency cycle: a -> a");
}

TEST(Order, Two_cycles_are_both_named) {
  const std::vector<Found> found{module("a", {"b"}), module("b", {"a"}), module("x", {"y"}), module("y", {"x"})};
  const auto reasons = reasons_of(found, decide_order(found));
  EXPECT_EQ(reasons.at("a"), "dependency cycle: a -> b -> a");
  EXPECT_EQ(reasons.at("y"), "dependency cycle: x -> y -> x");
}

TEST(Order, Inactive_and_broken_modules_are_left_out_with_their_dependants) {
  const std::vector<Found> found{module("off", {}, false), module("bad", {}, true, "no bundle"), module("needs_off", {"off"}), module("needs_bad", {"bad"})};
  const Order order = decide_order(found);
  EXPECT_TRUE(order.levels.empty());
  const auto reasons = reasons_of(found, order);
  EXPECT_EQ(reasons.at("off"), "inactive");
  EXPECT_EQ(reasons.at("needs_off"), "depends on 'off', which is not available: inactive");
  EXPECT_EQ(reasons.at("needs_bad"), "depends on 'bad', which is not available: no bundle");
}

TEST(Description, EERPs_form_is_read_and_unknown_keys_are_ignored) {
  const auto description = parse_description(
      R"({"name":"crm","display_name":"CRM","version":"1.2.3","author":"A","description":"D","active":true,"depends":["core","core"],
          "priority":3,"static_files":{},"is_service":true,"inherited_service":"vente","auto_install":false,"path":"","wasm_path":"","app_mode":"x"})");
  ASSERT_TRUE(description.ok());
  EXPECT_EQ(description->name, "crm");
  EXPECT_EQ(description->version, "1.2.3");
  EXPECT_EQ(description->depends, std::vector<std::string>{"core"});
  EXPECT_FALSE(description->auto_install);
}

TEST(Description, Bad_texts_are_refused_with_the_key) {
  for (const char* bad : {"", "[]", "{", R"({"name":1})", R"({"name":"Crm"})", R"({"name":"../x"})", R"({"name":"modules"})", R"({"name":"pg_x"})",
                          R"({"name":"a","depends":"core"})", R"({"name":"a","depends":[1]})", R"({"name":"a","active":"yes"})"}) {
    EXPECT_FALSE(parse_description(bad).ok()) << bad;
  }
}

}  // namespace
