#include "controlplane/store/config_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "contract/config/decode.hpp"
#include "controlplane/store/memory_store.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const char kMaster[] = "a master key for tests, long enough";

constexpr std::string_view kDocument = R"(
gateway: {api_keys: [sk-canary-gateway-0001]}
providers:
  - {id: openai, protocol: openai, base_url: "https://api.openai.com/v1", api_key: sk-canary-openai-aaaa}
  - {id: deepseek, protocol: openai, base_url: "https://api.deepseek.com/v1", api_key: "${DEEPSEEK_API_KEY}"}
tiers:
  t1: {models: [openai/gpt-4o-mini]}
  t2: {models: [deepseek/deepseek-chat]}
  t3: {models: [openai/gpt-4o]}
router: {mode: keyword, default_tier: t2}
)";

config::SecretSource test_secrets() {
  config::SecretSource source;
  source.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "DEEPSEEK_API_KEY") return "sk-canary-deepseek-dddd";
    return std::nullopt;
  };
  source.file = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  return source;
}

class ConfigServiceTest : public testing::Test {
 protected:
  std::unique_ptr<ConfigService> make(std::optional<std::string> owner = {},
                                      const std::string& master = kMaster) {
    auto service = ConfigService::open(*store_, std::move(*Sealer::from_master(Secret(master))),
                                       clock_, {std::move(owner), test_secrets()});
    if (!service) {
      ADD_FAILURE() << service.error().text();
      return nullptr;
    }
    return std::move(*service);
  }

  static ConfigSource text(std::string_view document) {
    return DocumentText{std::string(document), "test.yaml"};
  }

  static std::string with_default_tier(const std::string& tier) {
    std::string document(kDocument);
    document.replace(document.find("default_tier: t2"), 16, "default_tier: " + tier);
    return document;
  }

  std::unique_ptr<Store> store_ = make_memory_store();
  FakeClock clock_;
};

TEST_F(ConfigServiceTest, HasNothingAtFirst) {
  const auto service = make();
  EXPECT_EQ(service->newest(), Revision{});
  EXPECT_EQ(service->published(), nullptr);
  EXPECT_EQ(service->get({}).error().kind(), ErrorKind::NotFound);
  EXPECT_TRUE(service->history({}, 10)->heads.empty());
}

TEST_F(ConfigServiceTest, KeepsWhatWasPut) {
  const auto service = make();
  const auto put = service->put(text(kDocument), {}, {"ann", "the first"});
  ASSERT_TRUE(put) << put.error().error.text();
  EXPECT_EQ(put->outcome, Outcome::Created);
  EXPECT_EQ(put->head.number, Revision{1});
  EXPECT_EQ(put->head.author, "ann");
  EXPECT_EQ(put->head.note, "the first");
  EXPECT_EQ(put->head.created_at_ms, 1'700'000'000'000);
  EXPECT_EQ(put->head.base, Revision{});
  const auto view = service->get({});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->head, put->head);
  EXPECT_EQ(view->config.tiers().t1().models(0), "openai/gpt-4o-mini");
  EXPECT_THAT(view->yaml, HasSubstr("deepseek/deepseek-chat"));
}

TEST_F(ConfigServiceTest, AnswersNeverHoldASecret) {
  const auto service = make();
  ASSERT_TRUE(service->put(text(kDocument), {}, {}));
  ASSERT_TRUE(service->put(text("providers: [{id: openai, base_url: \"https://api.openai.com/v1\", "
                                "api_key: sk-canary-other-bbbb}]\ntiers: {t1: {models: [a]}, t2: "
                                "{models: [a]}, t3: {models: [a]}}\nrouter: {mode: random}"),
                           Revision{1}, {}));
  const auto view = service->get(Revision{1});
  EXPECT_THAT(view->config.SerializeAsString(), Not(HasSubstr("canary")));
  EXPECT_THAT(view->yaml, Not(HasSubstr("canary")));
  EXPECT_THAT(view->head.fingerprint, Not(HasSubstr("canary")));
  const auto diff = service->diff(Revision{1}, Revision{2});
  std::string all = diff->unified;
  for (const auto& change : diff->changes) all += change.path + change.before + change.after;
  EXPECT_THAT(all, HasSubstr("…aaaa"));
  EXPECT_THAT(all, Not(HasSubstr("canary")));
}

TEST_F(ConfigServiceTest, PublishesResolvedSecretsForDataPlanes) {
  const auto service = make();
  ASSERT_TRUE(service->put(text(kDocument), {}, {}));
  const Published published = service->published();
  ASSERT_TRUE(published);
  EXPECT_EQ(published->head.number, Revision{1});
  EXPECT_EQ(published->config.providers(0).api_key().value(), "sk-canary-openai-aaaa");
  EXPECT_EQ(published->config.providers(1).api_key().value(), "sk-canary-deepseek-dddd");
}

TEST_F(ConfigServiceTest, RefusesAWriteAgainstAnOldRevisionAndNamesTheNewest) {
  const auto service = make();
  ASSERT_TRUE(service->put(text(kDocument), {}, {}));
  ASSERT_TRUE(service->put(text(with_default_tier("t1")), Revision{1}, {}));
  const auto late = service->put(text(with_default_tier("t3")), Revision{1}, {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error.kind(), ErrorKind::Conflict);
  EXPECT_EQ(late.error().newest, Revision{2});
  EXPECT_THAT(late.error().error.text(), HasSubstr("revision 2 is the newest"));
  EXPECT_EQ(service->newest(), Revision{2});
}

TEST_F(ConfigServiceTest, MakesNoNewRevisionOfEqualContent) {
  const auto service = make();
  const auto first = service->put(text(kDocument), {}, {"ann", ""});
  const auto again = service->put(text(kDocument), Revision{1}, {"bob", "same"});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outcome, Outcome::Unchanged);
  EXPECT_EQ(again->head, first->head);
  // A client that never saw its answer asks again with the base it had.
  EXPECT_EQ(service->put(text(kDocument), {}, {})->outcome, Outcome::Unchanged);
  EXPECT_EQ(service->newest(), Revision{1});
}

TEST_F(ConfigServiceTest, RefusesAConfigurationWithProblemsAndTellsThemAll) {
  const auto service = make();
  const auto put = service->put(
      text("providers: [{id: a, base_url: nonsense}]\nrouter: {mode: keywrd}\nnope: 1\n"), {}, {});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().error.kind(), ErrorKind::Invalid);
  EXPECT_GE(put.error().problems.size(), 3u);
  EXPECT_EQ(service->newest(), Revision{});
  const auto problems = service->validate(
      text("providers: [{id: a, base_url: nonsense}]\nrouter: {mode: keywrd}\nnope: 1\n"));
  EXPECT_EQ(problems, put.error().problems);
  EXPECT_FALSE(config::has_errors(service->validate(text(kDocument))));
}

TEST_F(ConfigServiceTest, GivesProblemsOfATextTheirLines) {
  const auto service = make();
  const auto problems = service->validate(
      text("providers:\n  - {id: a, base_url: \"https://a.example/v1\", api_key: …zzzz}\n"));
  bool found = false;
  for (const auto& problem : problems)
    if (problem.path == "providers[0].api_key" && problem.severity == config::Severity::Error) {
      found = true;
      EXPECT_EQ(problem.line, 2);
      EXPECT_EQ(problem.file, "test.yaml");
    }
  EXPECT_TRUE(found);
}

TEST_F(ConfigServiceTest, TakesHiddenSecretsAsUnchanged) {
  const auto service = make();
  ASSERT_TRUE(service->put(text(kDocument), {}, {}));
  v1::Config edited = service->get({})->config;
  edited.mutable_router()->set_default_tier(v1::TIER_NAME_T1);
  ASSERT_TRUE(service->put(edited, Revision{1}, {}));
  EXPECT_EQ(service->published()->config.providers(0).api_key().value(), "sk-canary-openai-aaaa");
  EXPECT_EQ(service->published()->config.gateway().api_keys(0).value(), "sk-canary-gateway-0001");
  EXPECT_EQ(service->put(text(service->get({})->yaml), Revision{2}, {})->outcome,
            Outcome::Unchanged);
}

TEST_F(ConfigServiceTest, RollsBackByANewRevisionWithOldContentAndOldSecrets) {
  const auto service = make();
  ASSERT_TRUE(service->put(text(kDocument), {}, {}));
  std::string other(kDocument);
  other.replace(other.find("sk-canary-openai-aaaa"), 21, "sk-canary-openai-bbbb");
  ASSERT_TRUE(service->put(text(other), Revision{1}, {}));
  EXPECT_EQ(service->rollback(Revision{1}, Revision{1}, {}).error().error.kind(),
            ErrorKind::Conflict);
  EXPECT_EQ(service->rollback(Revision{9}, Revision{2}, {}).error().error.kind(),
            ErrorKind::NotFound);
  const auto back = service->rollback(Revision{1}, Revision{2}, {"ann", ""});
  ASSERT_TRUE(back) << back.error().error.text();
  EXPECT_EQ(back->head.number, Revision{3});
  EXPECT_EQ(back->head.rollback_of, Revision{1});
  EXPECT_EQ(back->head.note, "rollback to revision 1");
  EXPECT_EQ(back->head.fingerprint, service->get(Revision{1})->head.fingerprint);
  EXPECT_EQ(service->published()->config.providers(0).api_key().value(), "sk-canary-openai-aaaa");
  EXPECT_THAT(service->diff(Revision{1}, Revision{3})->changes, IsEmpty());
  EXPECT_EQ(service->rollback(Revision{1}, Revision{3}, {})->outcome, Outcome::Unchanged);
}

TEST_F(ConfigServiceTest, DiffsAgainstTheEmptyConfigurationAndTheNewest) {
  const auto service = make();
  ASSERT_TRUE(service->put(text(kDocument), {}, {}));
  ASSERT_TRUE(service->put(text(with_default_tier("t3")), Revision{1}, {}));
  const auto diff = service->diff(Revision{1}, Revision{});
  ASSERT_TRUE(diff);
  EXPECT_EQ(diff->changes, (std::vector<control::Change>{{"router.default_tier", "t2", "t3"}}));
  EXPECT_THAT(diff->unified, HasSubstr("--- revision 1\n+++ revision 2\n"));
  EXPECT_GT(service->diff({}, Revision{1})->changes.size(), 5u);
  EXPECT_EQ(service->diff(Revision{1}, Revision{8}).error().kind(), ErrorKind::NotFound);
}

TEST_F(ConfigServiceTest, LeavesAFileOwnedConfigurationToItsFile) {
  const auto service = make("/etc/smartroute/gateway.yaml");
  const auto put = service->put(text(kDocument), {}, {});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().error.kind(), ErrorKind::NotOwner);
  EXPECT_THAT(put.error().error.text(), HasSubstr("/etc/smartroute/gateway.yaml"));
  const auto applied = service->apply_file(std::string(kDocument));
  ASSERT_TRUE(applied) << applied.error().error.text();
  EXPECT_EQ(applied->head.author, "file");
  EXPECT_EQ(applied->head.note, "/etc/smartroute/gateway.yaml");
  EXPECT_EQ(service->apply_file(std::string(kDocument))->outcome, Outcome::Unchanged);
  EXPECT_EQ(service->apply_file(with_default_tier("t1"))->head.base, Revision{1});
  EXPECT_EQ(service->rollback(Revision{1}, Revision{2}, {}).error().error.kind(),
            ErrorKind::NotOwner);
  const auto broken = service->apply_file("providers: [");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().problems.size(), 1u);
  EXPECT_EQ(broken.error().problems[0].file, "/etc/smartroute/gateway.yaml");
  EXPECT_EQ(service->newest(), Revision{2});
}

TEST_F(ConfigServiceTest, LetsOnlyAnOwningFileApply) {
  EXPECT_EQ(make()->apply_file(std::string(kDocument)).error().error.kind(), ErrorKind::NotOwner);
}

TEST_F(ConfigServiceTest, BoundsAuthorAndNote) {
  const auto service = make();
  EXPECT_EQ(service->put(text(kDocument), {}, {std::string(kMaxAuthorBytes + 1, 'a'), ""})
                .error()
                .error.kind(),
            ErrorKind::Invalid);
  EXPECT_EQ(service->put(text(kDocument), {}, {"", std::string(kMaxNoteBytes + 1, 'n')})
                .error()
                .error.kind(),
            ErrorKind::Invalid);
  EXPECT_EQ(service->put(text(kDocument), {}, {})->head.author, "admin");
}

TEST_F(ConfigServiceTest, TellsListenersOfEachNewRevisionUntilTheyLeave) {
  const auto service = make();
  std::vector<std::uint64_t> told;
  {
    const Subscription subscription = service->on_new_revision(
        [&](const Published& news) { told.push_back(news->head.number.number); });
    ASSERT_TRUE(service->put(text(kDocument), {}, {}));
    ASSERT_TRUE(service->put(text(kDocument), Revision{1}, {}));   // unchanged: no news
    ASSERT_FALSE(service->put(text("nope: 1"), Revision{1}, {}));  // refused: no news
    ASSERT_TRUE(service->put(text(with_default_tier("t1")), Revision{1}, {}));
  }
  ASSERT_TRUE(service->put(text(with_default_tier("t3")), Revision{2}, {}));
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(ConfigServiceTest, GoesOnWhereItStoppedOverARestart) {
  std::string fingerprint;
  {
    const auto service = make();
    fingerprint = service->put(text(kDocument), {}, {})->head.fingerprint;
  }
  const auto service = make();
  EXPECT_EQ(service->newest(), Revision{1});
  EXPECT_EQ(service->published()->config.providers(0).api_key().value(), "sk-canary-openai-aaaa");
  EXPECT_EQ(service->put(text(kDocument), Revision{1}, {})->head.fingerprint, fingerprint);
}

TEST_F(ConfigServiceTest, DoesNotOpenWithAnotherMasterKey) {
  make();
  const auto wrong =
      ConfigService::open(*store_, std::move(*Sealer::from_master(Secret(std::string(40, 'w')))),
                          clock_, {{}, test_secrets()});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind(), ErrorKind::Crypto);
}

TEST_F(ConfigServiceTest, DoesNotOpenASecretMovedToAnotherPlace) {
  {
    const auto service = make();
    std::string two(kDocument);
    two.replace(two.find("\"${DEEPSEEK_API_KEY}\""), 21, "sk-canary-deepseek-dddd");
    ASSERT_TRUE(service->put(text(two), {}, {}));
  }
  // The database's owner swaps two providers' ciphertexts to send one's key to the other.
  StoredRevision stored = *store_->revision(Revision{1});
  v1::Config config;
  ASSERT_TRUE(config.ParseFromString(stored.config));
  config.mutable_providers(0)->mutable_api_key()->Swap(
      config.mutable_providers(1)->mutable_api_key());
  stored.config = config.SerializeAsString();
  auto tampered = make_memory_store();
  ASSERT_TRUE(tampered->put_meta(kMetaSealerCheck, **store_->meta(kMetaSealerCheck)));
  ASSERT_TRUE(tampered->append_revision(stored));
  const auto service = ConfigService::open(
      *tampered, std::move(*Sealer::from_master(Secret(kMaster))), clock_, {{}, test_secrets()});
  ASSERT_FALSE(service);
  EXPECT_EQ(service.error().kind(), ErrorKind::Crypto);
  EXPECT_THAT(service.error().text(), HasSubstr("api_key"));
}

// Sixteen writers, each adding its own number to the newest content until it has won its share: a
// lost update would overwrite another's number, so the last content would not hold them all.
TEST_F(ConfigServiceTest, LosesNoUpdateUnderSixteenWriters) {
  constexpr int kWriters = 16, kEach = 20;
  const auto service = make();
  ASSERT_TRUE(service->put(text(kDocument), {}, {}));
  std::mutex told_mutex;
  std::vector<std::uint64_t> told;
  const Subscription subscription = service->on_new_revision([&](const Published& news) {
    const std::lock_guard lock(told_mutex);
    told.push_back(news->head.number.number);
  });
  std::atomic<int> conflicts{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach;) {
        const auto view = service->get({});
        v1::Config config = view->config;
        config.mutable_retry()->add_error_keywords("w" + std::to_string(w) + " " +
                                                   std::to_string(i));
        const auto put = service->put(config, view->head.number, {});
        if (put && put->outcome == Outcome::Created) {
          ++i;
        } else if (!put && put.error().error.kind() == ErrorKind::Conflict) {
          ++conflicts;
        } else {
          ADD_FAILURE() << (put ? "unchanged" : put.error().error.text());
          return;
        }
      }
    });
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(service->newest(), Revision{1 + kWriters * kEach});
  const auto last = service->get({});
  const auto& words = last->config.retry().error_keywords();
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(),
            static_cast<std::size_t>(kWriters * kEach));
  for (std::uint64_t n = 2; n <= service->newest().number; ++n)
    EXPECT_EQ(service->get(Revision{n})->head.base, Revision{n - 1});
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), service->newest().number);
  RecordProperty("conflicts", conflicts);
}

TEST(SealedStore, HoldsNoSecretInAnyByteOnDisk) {
  const TestDir dir;
  FakeClock clock;
  const auto canaries = [&](const std::string& when) {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
      if (!entry.is_regular_file()) continue;
      ++files;
      EXPECT_THAT(contents(entry.path()).find("canary"), std::string::npos)
          << entry.path() << " " << when;
    }
    EXPECT_GT(files, 4);
  };
  for (int round = 0; round < 3; ++round) {  // each open moves the log into a table file
    auto opened = open_rocks_store({dir.path(), nullptr});
    ASSERT_TRUE(opened) << opened.error().text();
    const auto missing =
        *opened->store->meta(kMetaSealerCheck) ? MissingKey::MustExist : MissingKey::Create;
    const auto key = load_master_key(dir.path(), std::nullopt, missing);
    ASSERT_TRUE(key) << key.error().text();
    auto service = ConfigService::open(*opened->store, std::move(*Sealer::from_master(*key)), clock,
                                       {{}, test_secrets()});
    ASSERT_TRUE(service) << service.error().text();
    std::string document(kDocument);
    document += "retry: {error_keywords: [round" + std::to_string(round) + "]}\n";
    const auto put = (*service)->put(DocumentText{document, ""}, (*service)->newest(), {});
    ASSERT_TRUE(put) << put.error().error.text();
    EXPECT_EQ((*service)->published()->config.providers(0).api_key().value(),
              "sk-canary-openai-aaaa");
    canaries("while open");
  }
  canaries("after closing");
}

// Two providers whose keys lie in files, and a folder of such files that a test writes.
class SecretFilesTest : public ConfigServiceTest {
 protected:
  SecretFilesTest() {
    auto source = test_secrets();
    source.file = [this](const std::string& path) -> std::optional<std::string> {
      ++reads_;
      const auto found = folder_.find(path);
      return found == folder_.end() ? std::nullopt : std::optional(found->second);
    };
    auto service = ConfigService::open(*store_, std::move(*Sealer::from_master(Secret(kMaster))), clock_, {{}, source});
    service_ = std::move(*service);
    folder_ = {{"/a", "sk-a-1"}, {"/b", "sk-b-1"}};
    const auto put = service_->put(text(kFiles), {}, {});
    EXPECT_TRUE(put) << put.error().error.text();
    news_ = service_->on_new_revision([this](const Published& published) { told_.push_back(published); });
  }

  static constexpr std::string_view kFiles = R"(
providers:
  - {id: a, protocol: openai, base_url: "https://a.example/v1", api_key: "file:/a"}
  - {id: b, protocol: openai, base_url: "https://b.example/v1", api_key: "file:/b"}
tiers: {t1: {models: [a/x]}, t2: {models: [b/x]}, t3: {models: [a/y]}}
)";

  std::string key(int provider) const {
    return service_->published()->config.providers(provider).api_key().value();
  }

  std::map<std::string, std::string> folder_;
  int reads_ = 0;
  std::unique_ptr<ConfigService> service_;
  std::vector<Published> told_;
  Subscription news_;
};

TEST_F(SecretFilesTest, WhatChangesIsToldUnderTheSameRevision) {
  const auto before = service_->published();
  EXPECT_THAT(service_->refresh_secrets().taken, IsEmpty());
  EXPECT_EQ(service_->published(), before) << "nothing changed";
  folder_["/b"] = "sk-b-2";
  EXPECT_THAT(service_->refresh_secrets().taken, testing::ElementsAre("/b"));
  EXPECT_EQ(key(0), "sk-a-1");
  EXPECT_EQ(key(1), "sk-b-2");
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0]->head, before->head);
  EXPECT_EQ(told_[0], service_->published());
  EXPECT_EQ(before->config.providers(1).api_key().value(), "sk-b-1") << "who holds it, holds it";
  EXPECT_THAT(service_->refresh_secrets().taken, IsEmpty());
  EXPECT_EQ(told_.size(), 1u);
}

TEST_F(SecretFilesTest, AFileThatIsOfNoUseLeavesWhatItHeldBefore) {
  struct Row {
    const char* name;
    std::optional<std::string> now;
  };
  const Row rows[] = {{"gone", std::nullopt}, {"two lines", "sk-a-2\r\nx-injected: 1"}, {"empty", ""}};
  for (const Row& row : rows) {
    if (row.now)
      folder_["/a"] = *row.now;
    else
      folder_.erase("/a");
    auto look = service_->refresh_secrets();
    ASSERT_EQ(look.left.size(), 1u) << row.name;
    EXPECT_EQ(look.left[0].file, "/a");
    EXPECT_EQ(look.left[0].why.find("sk-a"), std::string::npos) << "no secret is told";
    EXPECT_EQ(look.unusable, 1u);
    look = service_->refresh_secrets();
    EXPECT_TRUE(look.left.empty()) << "said once";
    EXPECT_EQ(look.unusable, 1u) << "and still so";
    EXPECT_EQ(key(0), "sk-a-1") << row.name;
    folder_["/b"] = std::string("sk-b-") + row.name[0];
    EXPECT_THAT(service_->refresh_secrets().taken, testing::ElementsAre("/b")) << "one does not hold up another";
  }
  EXPECT_EQ(told_.size(), 3u);
  folder_["/a"] = "sk-a-3";
  const auto look = service_->refresh_secrets();
  EXPECT_THAT(look.taken, testing::ElementsAre("/a"));
  EXPECT_EQ(look.unusable, 0u);
  EXPECT_EQ(key(0), "sk-a-3");
}

TEST_F(SecretFilesTest, ANewRevisionKeepsWhatAFileHeldThatIsGone) {
  folder_.erase("/a");
  folder_["/b"] = "sk-b-2";
  const auto put = service_->put(text(std::string(kFiles) + "router: {mode: random}\n"), service_->newest(), {});
  ASSERT_TRUE(put);
  EXPECT_EQ(key(0), "sk-a-1");
  EXPECT_EQ(key(1), "sk-b-2");
  EXPECT_EQ(service_->refresh_secrets().unusable, 1u);
}

TEST_F(SecretFilesTest, AFileThatComesLaterIsTaken) {
  folder_.clear();
  const std::string late = std::string(kFiles) + "router: {llm: {model: a/x, api_key: \"file:/late\"}}\n";
  ASSERT_TRUE(service_->put(text(late), service_->newest(), {}));
  EXPECT_EQ(service_->published()->config.router().llm().api_key().value(), "file:/late") << "nothing to put there yet";
  folder_["/late"] = "sk-late";
  EXPECT_THAT(service_->refresh_secrets().taken, testing::ElementsAre("/late"));
  EXPECT_EQ(service_->published()->config.router().llm().api_key().value(), "sk-late");
}

TEST_F(SecretFilesTest, FilesOfARevisionBeforeAreNotReadAnyMore) {
  ASSERT_TRUE(service_->put(text(kDocument), service_->newest(), {}));
  reads_ = 0;
  EXPECT_EQ(service_->refresh_secrets().unusable, 0u);
  EXPECT_EQ(reads_, 0);
}

}  // namespace
}  // namespace smartroute::store
