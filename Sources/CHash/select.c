// Which engine serves this process.

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const chash_engine portable = {
  .description = "portable",
  .lane_count = 1,
  .compress = {chash_compress_portable},
  .compress_and_crc = {chash_compress_and_crc_portable},
  .chain = chash_chain_portable,
  .chain_prepare = chash_chain_prepare_portable,
  .chain_many = chash_chain_many_portable,
  .links = chash_links_portable,
  .crc32c = chash_crc32c_portable,
  .crc32c_joined = chash_crc32c_joined_portable,
  .prefetch_for_writing = chash_prefetch,
};

#if defined(__x86_64__)

static const chash_engine portable_with_crc = {
  .description = "portable, sse4.2",
  .lane_count = 1,
  .compress = {chash_compress_portable},
  .compress_and_crc = {chash_compress_and_crc_portable},
  .chain = chash_chain_portable,
  .chain_prepare = chash_chain_prepare_portable,
  .chain_many = chash_chain_many_portable,
  .links = chash_links_portable,
  .crc32c = chash_crc32c_sse42,
  .crc32c_joined = chash_crc32c_joined_sse42,
  .prefetch_for_writing = chash_prefetch,
};

#define SHANI(lanes)                                                                              \
  {                                                                                               \
    .description = "sha-ni x" #lanes ", sse4.2",                                                  \
    .lane_count = lanes,                                                                          \
    .compress = {chash_compress_shani_1, chash_compress_shani_2, chash_compress_shani_3},         \
    .compress_and_crc = {chash_compress_and_crc_shani_1, chash_compress_and_crc_shani_2,          \
                         chash_compress_and_crc_shani_3},                                         \
    .chain = chash_chain_shani,                                                                   \
    .chain_prepare = chash_chain_prepare_shani,                                                   \
    .chain_many = chash_chain_many_shani,                                                         \
    .links = chash_links_shani,                                                                   \
    .crc32c = chash_crc32c_sse42,                                                                 \
    .crc32c_joined = chash_crc32c_joined_sse42,                                                   \
    .prefetch_for_writing = chash_prefetch_for_writing_prfchw,                                    \
  }

static const chash_engine shani[MOST_LANES] = {SHANI(1), SHANI(2), SHANI(3)};

/// The best engine of at most `lane_count` lanes. All instructions used work on xmm registers,
/// which every x86-64 system saves, so the processor's word is enough.
static const chash_engine *offered(size_t lane_count) {
  unsigned eax, ebx, ecx, edx;
  const unsigned crc_features = bit_PCLMUL | bit_SSE4_2;
  const unsigned sha_features = bit_SSSE3 | bit_SSE4_1;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return &portable;
  if ((ecx & crc_features) != crc_features) return &portable;
  if ((ecx & sha_features) != sha_features) return &portable_with_crc;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return &portable_with_crc;
  return ebx & bit_SHA ? &shani[lane_count - 1] : &portable_with_crc;
}

#else

static const chash_engine *offered(size_t lane_count) {
  (void)lane_count;
  return &portable;
}

#endif

static const chash_engine *engine_for(chash_implementation implementation) {
  switch (implementation) {
    case CHASH_PORTABLE: return &portable;
    case CHASH_ONE_LANE: return offered(1);
    case CHASH_TWO_LANES: return offered(2);
    case CHASH_FASTEST: break;
  }
  return offered(MOST_LANES);
}

_Atomic(const chash_engine *) chash_chosen_engine;

const chash_engine *chash_choose_engine(void) {
  const char *wish = getenv("INTAGLIO_HASH");
  const bool wants_portable = wish && strcmp(wish, "portable") == 0;
  const chash_engine *engine = engine_for(wants_portable ? CHASH_PORTABLE : CHASH_FASTEST);
  // A choice made meanwhile, perhaps by chash_select, stands.
  const chash_engine *earlier = NULL;
  return atomic_compare_exchange_strong(&chash_chosen_engine, &earlier, engine) ? engine : earlier;
}

void chash_select(chash_implementation implementation) {
  atomic_store(&chash_chosen_engine, engine_for(implementation));
}

const char *chash_description(void) { return chash_current_engine()->description; }
