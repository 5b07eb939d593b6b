// SHA-256's compression function with the SHA instructions of x86-64, for one lane, two or three.
//
// Each instruction does two rounds but answers only after about four cycles, and every round needs
// the one before. Interleaved lanes fill the wait: three blocks take less than twice the time of
// one.

#include "internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define SHANI __attribute__((target("sha,sse4.1,ssse3")))
#define SHANI_INLINE SHANI __attribute__((always_inline)) static inline
#define UNROLL _Pragma("clang loop unroll(full)")

/// A lane in registers. The instructions want the state's words in this order, the first named
/// highest.
typedef struct vectors {
  __m128i abef, cdgh;
  __m128i w[4];  ///< the latest sixteen words of the message schedule
} vectors;

SHANI_INLINE __m128i load(const void *bytes) { return _mm_loadu_si128(bytes); }

SHANI_INLINE void store(void *bytes, __m128i value) { _mm_storeu_si128(bytes, value); }

/// Four words of a message, which is big-endian.
SHANI_INLINE __m128i load_message(const uint8_t *bytes) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(load(bytes), swap);
}

SHANI_INLINE void load_state(vectors *lane, const chash_sha256_state *state) {
  const __m128i badc = _mm_shuffle_epi32(load(state->words), 0xb1);
  const __m128i fehg = _mm_shuffle_epi32(load(state->words + 4), 0xb1);
  lane->abef = _mm_unpacklo_epi64(fehg, badc);
  lane->cdgh = _mm_unpackhi_epi64(fehg, badc);
}

SHANI_INLINE void store_state(const vectors *lane, chash_sha256_state *state) {
  const __m128i badc = _mm_unpackhi_epi64(lane->abef, lane->cdgh);
  const __m128i fehg = _mm_unpacklo_epi64(lane->abef, lane->cdgh);
  store(state->words, _mm_shuffle_epi32(badc, 0xb1));
  store(state->words + 4, _mm_shuffle_epi32(fehg, 0xb1));
}

/// The state as a digest: exchanging the words of a pair and the bytes of a word is one reversal of
/// eight bytes.
SHANI_INLINE void store_digest(const vectors *lane, uint8_t digest[32]) {
  const __m128i reverse = _mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607);
  const __m128i badc = _mm_unpackhi_epi64(lane->abef, lane->cdgh);
  const __m128i fehg = _mm_unpacklo_epi64(lane->abef, lane->cdgh);
  store(digest, _mm_shuffle_epi8(badc, reverse));
  store(digest + 16, _mm_shuffle_epi8(fehg, reverse));
}

/// Rounds 4 * group to 4 * group + 3. The first four groups take the words of the message; the
/// others put the next four words of the schedule in the place of the oldest four.
SHANI_INLINE void four_rounds(vectors *lane, size_t group) {
  __m128i *const w = lane->w;
  __m128i *const now = &w[group % 4];
  if (group >= 4) {
    const __m128i latest = w[(group + 3) % 4];
    const __m128i seven_back = _mm_alignr_epi8(latest, w[(group + 2) % 4], 4);
    const __m128i partial = _mm_sha256msg1_epu32(*now, w[(group + 1) % 4]);
    *now = _mm_sha256msg2_epu32(_mm_add_epi32(partial, seven_back), latest);
  }
  const __m128i sum = _mm_add_epi32(*now, load(chash_round_constants + 4 * group));
  lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
  lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

SHANI_INLINE void add_state(vectors *lane, const vectors *before) {
  lane->abef = _mm_add_epi32(lane->abef, before->abef);
  lane->cdgh = _mm_add_epi32(lane->cdgh, before->cdgh);
}

/// The one body for any number of lanes; `lane_count` is a constant wherever it is inlined.
SHANI_INLINE void compress(chash_lane *lanes, const size_t lane_count, size_t block_count) {
  vectors now[MOST_LANES], before[MOST_LANES];
  UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
    load_state(&now[lane], &lanes[lane].state);
  }
  for (; block_count > 0; block_count--) {
    UNROLL for (size_t lane = 0; lane < lane_count; lane++) before[lane] = now[lane];
    UNROLL for (size_t group = 0; group < 16; group++) {
      UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
        if (group < 4) now[lane].w[group] = load_message(lanes[lane].next + 16 * group);
        four_rounds(&now[lane], group);
      }
    }
    UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
      add_state(&now[lane], &before[lane]);
      chash_lane_move(&lanes[lane]);
    }
  }
  UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
    store_state(&now[lane], &lanes[lane].state);
  }
}

SHANI void chash_compress_shani_1(chash_lane *lanes, size_t block_count) {
  compress(lanes, 1, block_count);
}

SHANI void chash_compress_shani_2(chash_lane *lanes, size_t block_count) {
  compress(lanes, 2, block_count);
}

SHANI void chash_compress_shani_3(chash_lane *lanes, size_t block_count) {
  compress(lanes, 3, block_count);
}

SHANI void chash_chain_shani(const chash_sha256_state *prepared, const uint8_t previous[32],
                             const uint8_t ordered[16], uint8_t digest[32]) {
  vectors now, before;
  load_state(&now, prepared);
  now.w[0] = load_message(previous);
  now.w[1] = load_message(previous + 16);
  now.w[2] = load_message(ordered);
  now.w[3] = _mm_set_epi32(112 * 8, 0, 0, INT32_MIN);  // the mark, zeros, the length in bits
  before = now;
  UNROLL for (size_t group = 0; group < 16; group++) four_rounds(&now, group);
  add_state(&now, &before);
  store_digest(&now, digest);
}

#endif
