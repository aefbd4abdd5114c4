#include "controlplane/store/own_key.hpp"

#include <gtest/gtest.h>

#include "controlplane/store/memory_store.hpp"

namespace smartroute::store {
namespace {

Sealer sealer(const char* master = "a master key of more than 32 characters") { return *Sealer::from_master(Secret(master)); }

TEST(OwnKeyStore, MakesOneAndKeepsIt) {
  const auto store = make_memory_store();
  const auto made = load_or_create_own_key(*store, sealer());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->reveal().substr(0, 4), "srd_");
  EXPECT_EQ(made->reveal().size(), 47u);
  const auto again = load_or_create_own_key(*store, sealer());
  ASSERT_TRUE(again);
  EXPECT_TRUE(*made == *again);
}

TEST(OwnKeyStore, MakesAnotherForEachStore) {
  const auto a = make_memory_store(), b = make_memory_store();
  EXPECT_FALSE(*load_or_create_own_key(*a, sealer()) == *load_or_create_own_key(*b, sealer()));
}

TEST(OwnKeyStore, HoldsItSealed) {
  const auto store = make_memory_store();
  const auto made = load_or_create_own_key(*store, sealer());
  ASSERT_TRUE(made);
  const auto kept = store->meta(kMetaOwnKey);
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->find(made->reveal()), std::string::npos);
  const auto stranger = load_or_create_own_key(*store, sealer("another master key of 32 characters and more"));
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().kind(), ErrorKind::Crypto);
}

}  // namespace
}  // namespace smartroute::store
