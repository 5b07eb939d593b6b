// SHA-256's compression function with the SHA instructions of x86-64, for one lane, two or three.
//
// Each instruction does two rounds but answers only after about four cycles, and every round needs
// the one before. Interleaved lanes fill the wait: on Zen 4 two blocks take the time of one. A
// third lane keeps the unit busy where messages begin and end.

#include "internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define SHANI __attribute__((target("sha,sse4.2")))
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

/// The one body for any number of lanes; `lane_count` and `with_crc` are constants wherever it is
/// inlined. The CRC costs a hundredth: its instructions run in units that the rounds leave idle.
SHANI_INLINE void compress(chash_lane *lanes, const size_t lane_count, size_t block_count,
                           const bool with_crc) {
  vectors now[MOST_LANES], before[MOST_LANES];
  UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
    load_state(&now[lane], &lanes[lane].state);
  }
  for (; block_count > 0; block_count--) {
    uint64_t crc[MOST_LANES];
    UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
      before[lane] = now[lane];
      crc[lane] = lanes[lane].crc;
    }
    UNROLL for (size_t group = 0; group < 16; group++) {
      UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
        if (group < 4) now[lane].w[group] = load_message(lanes[lane].next + 16 * group);
        four_rounds(&now[lane], group);
        if (with_crc && group < 8) {
          uint64_t word;
          memcpy(&word, lanes[lane].next + 8 * group, sizeof word);
          crc[lane] = _mm_crc32_u64(crc[lane], word);
          // Keeps it here, between the rounds: the compiler would move all of them behind the last.
          __asm__("" : "+r"(crc[lane]), "+x"(now[lane].abef));
        }
      }
    }
    UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
      add_state(&now[lane], &before[lane]);
      if (with_crc) lanes[lane].crc = lanes[lane].left > 0 ? (uint32_t)crc[lane] : lanes[lane].crc;
      chash_lane_move(&lanes[lane]);
    }
  }
  UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
    store_state(&now[lane], &lanes[lane].state);
  }
}

#define COMPRESS(lane_count)                                                                      \
  SHANI void chash_compress_shani_##lane_count(chash_lane *lanes, size_t block_count) {           \
    compress(lanes, lane_count, block_count, false);                                              \
  }                                                                                               \
  SHANI void chash_compress_and_crc_shani_##lane_count(chash_lane *lanes, size_t block_count) {   \
    compress(lanes, lane_count, block_count, true);                                               \
  }

COMPRESS(1)
COMPRESS(2)
COMPRESS(3)

/// The end of the second block of a link: the mark, zeros, and the length of 112 bytes in bits.
SHANI_INLINE __m128i link_padding(void) { return _mm_set_epi32(112 * 8, 0, 0, INT32_MIN); }

SHANI void chash_chain_shani(const chash_sha256_state *prepared, const uint8_t previous[32],
                             const uint8_t ordered[16], uint8_t digest[32]) {
  vectors now, before;
  load_state(&now, prepared);
  now.w[0] = load_message(previous);
  now.w[1] = load_message(previous + 16);
  now.w[2] = load_message(ordered);
  now.w[3] = link_padding();
  before = now;
  UNROLL for (size_t group = 0; group < 16; group++) four_rounds(&now, group);
  add_state(&now, &before);
  store_digest(&now, digest);
}

/// Four rounds of the first block of a link.
SHANI_INLINE void four_rounds_of(const uint8_t *prepared, vectors *lane, size_t group) {
  if (group < 4) lane->w[group] = load_message(prepared + 16 * group);
  four_rounds(lane, group);
}

/// A value in a chain as the words of the next message: the one order of bytes undoes the other.
SHANI_INLINE void take_value(vectors *lane, const vectors *value) {
  const __m128i badc = _mm_unpackhi_epi64(value->abef, value->cdgh);
  const __m128i fehg = _mm_unpacklo_epi64(value->abef, value->cdgh);
  lane->w[0] = _mm_shuffle_epi32(badc, 0xb1);
  lane->w[1] = _mm_shuffle_epi32(fehg, 0xb1);
}

SHANI size_t chash_chain_prepare_shani(const uint8_t *prepared, size_t count,
                                       chash_sha256_state *states) {
  if (count == 0) return 0;
  chash_lane lane = chash_lane_over(chash_initial(), prepared);
  compress(&lane, 1, 1, false);
  states[0] = lane.state;
  return 1;
}

/// The second block of a link waits for the link before, and so leaves every other slot of the unit
/// idle: the first block of the next link runs there.
SHANI void chash_chain_many_shani(const uint8_t *prepared, size_t count,
                                  const chash_sha256_state *states, size_t state_count,
                                  const uint8_t previous[32], uint64_t first, uint64_t time,
                                  uint8_t *chains) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const chash_sha256_state initial = chash_initial();
  chash_sha256_state state;
  vectors now, ahead, before, start;
  if (count == 0) return;
  load_state(&start, &initial);
  if (state_count == 0) chash_chain_prepare_shani(prepared, 1, &state);
  load_state(&ahead, state_count == 0 ? &state : states);
  now.w[0] = load_message(previous);
  now.w[1] = load_message(previous + 16);
  for (size_t index = 0; index < count; index++, chains += CHASH_SHA256_BYTE_COUNT) {
    now.abef = ahead.abef;
    now.cdgh = ahead.cdgh;
    now.w[2] = _mm_shuffle_epi8(_mm_set_epi64x((long long)time, (long long)(first + index)), swap);
    now.w[3] = link_padding();
    before = now;
    ahead = start;
    // Behind the last link there is none to begin: its own block again, and nobody looks.
    if (index + 1 < count) prepared += BLOCK_BYTE_COUNT;
    UNROLL for (size_t group = 0; group < 16; group++) {
      four_rounds(&now, group);
      four_rounds_of(prepared, &ahead, group);
    }
    add_state(&now, &before);
    add_state(&ahead, &start);
    store_digest(&now, chains);
    take_value(&now, &now);
  }
}

SHANI_INLINE void links_round(const chash_link *links, const size_t lane_count, uint8_t *digests) {
  const chash_sha256_state initial = chash_initial();
  vectors now[MOST_LANES], before[MOST_LANES];
  UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
    load_state(&now[lane], &initial);
    before[lane] = now[lane];
  }
  UNROLL for (size_t group = 0; group < 16; group++) {
    UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
      four_rounds_of(links[lane].prepared, &now[lane], group);
    }
  }
  UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
    add_state(&now[lane], &before[lane]);
    before[lane] = now[lane];
    now[lane].w[0] = load_message(links[lane].previous);
    now[lane].w[1] = load_message(links[lane].previous + 16);
    now[lane].w[2] = load_message(links[lane].ordered);
    now[lane].w[3] = link_padding();
  }
  UNROLL for (size_t group = 0; group < 16; group++) {
    UNROLL for (size_t lane = 0; lane < lane_count; lane++) four_rounds(&now[lane], group);
  }
  UNROLL for (size_t lane = 0; lane < lane_count; lane++) {
    add_state(&now[lane], &before[lane]);
    store_digest(&now[lane], digests + lane * CHASH_SHA256_BYTE_COUNT);
  }
}

/// All links have two blocks, so that lanes begin and end together; two of them stay in registers.
SHANI void chash_links_shani(const chash_link *links, size_t link_count, uint8_t *digests) {
  for (; link_count >= 2; link_count -= 2, links += 2, digests += 2 * CHASH_SHA256_BYTE_COUNT) {
    links_round(links, 2, digests);
  }
  if (link_count > 0) links_round(links, 1, digests);
}

#endif
