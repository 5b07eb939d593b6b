import CHash
import Crypto
import Foundation

enum Implementation: CaseIterable {
  case fastest
  case portable
  case oneLane
  case twoLanes

  /// Runs `body` with this implementation, then goes back to the one the process started with.
  func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    let initial = Self.initial
    chash_select(selector)
    defer { chash_select(initial) }
    return try body()
  }

  private var selector: chash_implementation {
    switch self {
    case .fastest: CHASH_FASTEST
    case .portable: CHASH_PORTABLE
    case .oneLane: CHASH_ONE_LANE
    case .twoLanes: CHASH_TWO_LANES
    }
  }

  private static let initial =
    String(cString: chash_description()) == "portable" ? CHASH_PORTABLE : CHASH_FASTEST
}

/// SplitMix64.
///
/// The seed is printed, and taken back from INTAGLIO_TEST_SEED to repeat a run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  static func announced(_ test: String = #function) -> Self {
    let wish = ProcessInfo.processInfo.environment["INTAGLIO_TEST_SEED"].flatMap { UInt64($0) }
    let seed = wish ?? UInt64.random(in: 0...UInt64.max)
    print("\(test): INTAGLIO_TEST_SEED=\(seed)")
    return Self(state: seed)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}

/// A field of random bytes that lives as long as the process.
///
/// Random messages are ranges of it: they cost no allocation, lie at any alignment, and cannot
/// outlive their bytes.
enum RandomBytes {
  static func message(count: Int, using random: inout SeededGenerator) -> UnsafeRawBufferPointer {
    let start = Int(random.next() % UInt64(field.count - count + 1))
    return UnsafeRawBufferPointer(rebasing: field[start..<start + count])
  }

  // Written once, before anyone has the pointer.
  nonisolated(unsafe) private static let field: UnsafeRawBufferPointer = {
    var random = SeededGenerator.announced("random bytes")
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    for offset in stride(from: 0, to: bytes.count, by: 8) {
      bytes.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
    }
    return UnsafeRawBufferPointer(bytes)
  }()
}

/// Messages beside the digests they must have.
struct MessageBatch {
  enum Reference { case swiftCrypto, oneByOne }

  private let messages: [UnsafeRawPointer?]
  private let counts: [Int]
  private let digests: [UInt8]

  init(
    counts: [Int], using random: inout SeededGenerator,
    hashing reference: Reference = .swiftCrypto
  ) {
    var messages: [UnsafeRawPointer?] = []
    messages.reserveCapacity(counts.count)
    for count in counts {
      messages.append(RandomBytes.message(count: count, using: &random).baseAddress)
    }
    self.messages = messages
    self.counts = counts
    digests = Self.digests(of: messages, counts) { message, digest in
      switch reference {
      case .oneByOne:
        chash_sha256(message.baseAddress, message.count, digest.baseAddress)
      case .swiftCrypto:
        var hasher = SHA256()
        hasher.update(bufferPointer: message)
        hasher.finalize().withUnsafeBytes {
          UnsafeMutableRawBufferPointer(digest).copyMemory(from: $0)
        }
      }
    }
  }

  /// The length of the first message that `chash_sha256_many` hashes otherwise.
  func firstDifferenceOfMany() -> Int? {
    var results = [UInt8](repeating: 0, count: digests.count)
    chash_sha256_many(messages, counts, messages.count, &results)
    return firstDifference(from: results)
  }

  /// The length of the first message that `chash_sha256` hashes otherwise.
  func firstDifferenceOneByOne() -> Int? {
    firstDifference(
      from: Self.digests(of: messages, counts) { message, digest in
        chash_sha256(message.baseAddress, message.count, digest.baseAddress)
      })
  }

  private func firstDifference(from results: [UInt8]) -> Int? {
    if results == digests { return nil }
    return counts.indices.first {
      results[32 * $0..<32 * $0 + 32] != digests[32 * $0..<32 * $0 + 32]
    }
    .map { counts[$0] }
  }

  private static func digests(
    of messages: [UnsafeRawPointer?], _ counts: [Int],
    hash: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32 * counts.count) { digests, count in
      for index in counts.indices {
        hash(
          UnsafeRawBufferPointer(start: messages[index], count: counts[index]),
          UnsafeMutableBufferPointer(rebasing: digests[32 * index..<32 * index + 32]))
      }
      count = 32 * counts.count
    }
  }
}

func digest(_ hash: (UnsafeMutablePointer<UInt8>) -> Void) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
    hash(digest.baseAddress!)
    count = 32
  }
}

func sha256(_ message: [UInt8]) -> [UInt8] {
  digest { chash_sha256(message, message.count, $0) }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { String(UInt32($0) + 0x100, radix: 16).dropFirst() }.joined()
}

extension chash_sum {
  /// Whether this is the sum of `message`, as swift-crypto and the CRC alone have it.
  func holds(for message: some Collection<UInt8>) -> Bool {
    let whole = Array(message.prefix(message.count / 64 * 64))
    return withUnsafeBytes(of: digest) { Array($0) } == Array(SHA256.hash(data: Array(message)))
      && crc == chash_crc32c(0, whole, whole.count)
  }
}
