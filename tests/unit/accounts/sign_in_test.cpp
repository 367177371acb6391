// SPDX-License-Identifier: Apache-2.0
// Signing in against real databases, and many at the same time with one token.
#include "accounts/sign_in.hpp"

#include <atomic>
#include <thread>

#include "../db/test_database.hpp"
#include "accounts/admin.hpp"

namespace ingot::accounts {
namespace {

using db::DatabaseTest;
using db::Kind;
using db::soon;

const std::string right = "correct horse battery", other = "another password";

class SignInTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    pool_ = std::make_unique<db::ConnectionPool>(database(), db::PoolOptions{4});
    administration_ = std::make_unique<Administration>(database(), *pool_);
    const auto made = administration_->add({"Ada@Example.org", right, "acme", {"sales", "admin"}});
    ASSERT_TRUE(made.ok()) << made.error().message;
    id_ = *made;
  }
  void TearDown() override {
    administration_.reset();
    pool_.reset();
    DatabaseTest::TearDown();
  }
  SignInRules rules() const {
    SignInRules rules;
    rules.tokens.secret = std::string(32, 'k');
    rules.attempts_per_minute = 1000;
    return rules;
  }
  std::unique_ptr<SignIn> make(SignInRules rules) { return std::make_unique<SignIn>(database(), *pool_, std::move(rules)); }
  static Grant granted(const Outcome& outcome) {
    EXPECT_TRUE(std::holds_alternative<Grant>(outcome)) << std::get<Denied>(outcome).message;
    return std::holds_alternative<Grant>(outcome) ? std::get<Grant>(outcome) : Grant{};
  }
  static bool denied(const Outcome& outcome, Denied::Why why) {
    const auto* denied = std::get_if<Denied>(&outcome);
    return denied != nullptr && denied->why == why;
  }
  std::unique_ptr<db::ConnectionPool> pool_;
  std::unique_ptr<Administration> administration_;
  std::string id_;
};
INGOT_ON_BOTH_DATABASES(SignInTest);

TEST_P(SignInTest, A_password_opens_and_the_token_says_who_it_is) {
  auto sign_in = make(rules());
  const Grant grant = granted(sign_in->login("ADA@example.org", right, "::1", soon()));
  const auto principal = identity::verify_token(grant.access_token, rules().tokens, std::chrono::system_clock::now());
  ASSERT_TRUE(principal.ok());
  EXPECT_EQ(principal->subject, id_);
  EXPECT_EQ(principal->tenant, "acme");
  EXPECT_EQ(principal->roles, (std::vector<std::string>{"admin", "sales"}));
  for (const auto& [email, password] : std::vector<std::pair<std::string, std::string>>{
           {"ada@example.org", other}, {"ada@example.org", ""}, {"bob@example.org", right}, {"", right}, {"ada@example.org' OR '1'='1", right}}) {
    EXPECT_TRUE(denied(sign_in->login(email, password, "::1", soon()), Denied::Why::credentials)) << email;
  }
}

TEST_P(SignInTest, A_refresh_token_is_good_once_and_the_second_time_ends_everything) {
  auto sign_in = make(rules());
  const Grant first = granted(sign_in->login("ada@example.org", right, "::1", soon()));
  const Grant elsewhere = granted(sign_in->login("ada@example.org", right, "::2", soon()));
  const Grant second = granted(sign_in->refresh(first.refresh_token, "::1", soon()));
  EXPECT_NE(second.refresh_token, first.refresh_token);
  const Grant third = granted(sign_in->refresh(second.refresh_token, "::1", soon()));
  EXPECT_TRUE(denied(sign_in->refresh(first.refresh_token, "::1", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->refresh(third.refresh_token, "::1", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->refresh(elsewhere.refresh_token, "::2", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->refresh("never given", "::1", soon()), Denied::Why::credentials));
}

TEST_P(SignInTest, Of_many_at_once_with_one_token_one_gets_in_at_most) {
  auto sign_in = make(rules());
  for (int round = 0; round < 5; ++round) {
    const Grant grant = granted(sign_in->login("ada@example.org", right, "::1", soon()));
    std::atomic<int> in = 0, out = 0, broken = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const Outcome outcome = sign_in->refresh(grant.refresh_token, "::1", soon());
        if (std::holds_alternative<Grant>(outcome)) ++in;
        else if (std::get<Denied>(outcome).why == Denied::Why::credentials) ++out;
        else ++broken;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(in, 1);
    EXPECT_EQ(out, 7);
    EXPECT_EQ(broken, 0);
  }
}

TEST_P(SignInTest, Signing_out_ends_one_session_and_no_other) {
  auto sign_in = make(rules());
  const Grant here = granted(sign_in->login("ada@example.org", right, "::1", soon()));
  const Grant there = granted(sign_in->login("ada@example.org", right, "::1", soon()));
  ASSERT_TRUE(sign_in->logout(here.refresh_token, soon()).ok());
  ASSERT_TRUE(sign_in->logout(here.refresh_token, soon()).ok());
  ASSERT_TRUE(sign_in->logout("never given", soon()).ok());
  EXPECT_TRUE(denied(sign_in->refresh(here.refresh_token, "::1", soon()), Denied::Why::credentials));
  granted(sign_in->refresh(there.refresh_token, "::1", soon()));
}

TEST_P(SignInTest, What_the_administrator_changes_counts) {
  auto sign_in = make(rules());
  const Grant before = granted(sign_in->login("ada@example.org", right, "::1", soon()));
  ASSERT_TRUE(administration_->set_password("ada@example.org", other).ok());
  EXPECT_TRUE(denied(sign_in->login("ada@example.org", right, "::1", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->refresh(before.refresh_token, "::1", soon()), Denied::Why::credentials));
  const Grant with = granted(sign_in->login("ada@example.org", other, "::1", soon()));

  ASSERT_TRUE(administration_->set_roles("ada@example.org", {"guest"}).ok());
  const Grant refreshed = granted(sign_in->refresh(with.refresh_token, "::1", soon()));
  EXPECT_EQ(identity::verify_token(refreshed.access_token, rules().tokens, std::chrono::system_clock::now())->roles, std::vector<std::string>{"guest"});

  ASSERT_TRUE(administration_->set_active("ada@example.org", false).ok());
  EXPECT_TRUE(denied(sign_in->login("ada@example.org", other, "::1", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->refresh(refreshed.refresh_token, "::1", soon()), Denied::Why::credentials));
  ASSERT_TRUE(administration_->set_active("ada@example.org", true).ok());
  const Grant last = granted(sign_in->login("ada@example.org", other, "::1", soon()));
  ASSERT_TRUE(administration_->remove("ada@example.org").ok());
  EXPECT_TRUE(denied(sign_in->refresh(last.refresh_token, "::1", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->login("ada@example.org", other, "::1", soon()), Denied::Why::credentials));
  EXPECT_EQ(administration_->remove("ada@example.org").error().code, ErrorCode::not_found);
}

TEST_P(SignInTest, Bad_accounts_are_refused_and_leave_nothing) {
  EXPECT_EQ(administration_->add({"ADA@example.org", right, "", {}}).error().code, ErrorCode::invalid_argument);  // taken
  EXPECT_EQ(administration_->add({"nobody", right, "", {}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(administration_->add({"b@example.org", "short", "", {}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(administration_->add({"b@example.org", right, "", {"a role\n"}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(administration_->add({"b@example.org", right, std::string(201, 't'), {}}).error().code, ErrorCode::invalid_argument);
  const auto users = administration_->list();
  ASSERT_TRUE(users.ok());
  ASSERT_EQ(users->size(), 1u);
  EXPECT_EQ(users->front().email, "ada@example.org");
  EXPECT_EQ(users->front().password, "");
}

TEST_P(SignInTest, Attempts_are_counted_by_address_and_by_account) {
  SignInRules few = rules();
  few.attempts_per_minute = 2;
  auto sign_in = make(few);
  EXPECT_TRUE(denied(sign_in->login("bob@example.org", other, "::1", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->login("carl@example.org", other, "::1", soon()), Denied::Why::credentials));
  EXPECT_TRUE(denied(sign_in->login("ada@example.org", right, "::1", soon()), Denied::Why::too_many));
  // From other addresses: ten wrong ones for one account, and then nobody, not even with the right one.
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(denied(sign_in->login("ada@example.org", other, "::" + std::to_string(10 + i), soon()), Denied::Why::credentials)) << i;
  EXPECT_TRUE(denied(sign_in->login("ada@example.org", right, "::99", soon()), Denied::Why::too_many));
}

TEST_P(SignInTest, A_password_of_an_old_kind_is_made_new_when_it_is_used) {
  const auto user = db::AccountTables(database()).find_by_email(connection(), "ada@example.org");
  ASSERT_TRUE(user.ok() && *user);
  ASSERT_TRUE(db::AccountTables(database()).set_password(connection(), id_, "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").ok());
  auto sign_in = make(rules());
  granted(sign_in->login("ada@example.org", "U*U", "::1", soon()));
  const auto after = db::AccountTables(database()).find_by_email(connection(), "ada@example.org");
  ASSERT_TRUE(after.ok() && *after);
  EXPECT_TRUE((*after)->password.starts_with("$y$")) << (*after)->password;
  granted(sign_in->login("ada@example.org", "U*U", "::1", soon()));
}

TEST_P(SignInTest, Without_a_secret_nobody_signs_in) {
  SignInRules none = rules();
  none.tokens.secret.clear();
  auto sign_in = make(none);
  EXPECT_FALSE(sign_in->possible());
  EXPECT_TRUE(denied(sign_in->login("ada@example.org", right, "::1", soon()), Denied::Why::unavailable));
  EXPECT_TRUE(denied(sign_in->refresh("any", "::1", soon()), Denied::Why::unavailable));
}

TEST_P(SignInTest, Refresh_tokens_end) {
  SignInRules brief = rules();
  brief.refresh_ttl = std::chrono::seconds(-1);
  auto sign_in = make(brief);
  const Grant grant = granted(sign_in->login("ada@example.org", right, "::1", soon()));
  EXPECT_TRUE(denied(sign_in->refresh(grant.refresh_token, "::1", soon()), Denied::Why::credentials));
}

}  // namespace
}  // namespace ingot::accounts
