import CHash

/// The chain that the peers keep: SHA-256(previous ‖ payload), and how many records it has.
///
/// Not thread-safe: the store's lock guards it.
final class OneLaneChain: @unchecked Sendable {  // The store's lock guards it.
  let value = UnsafeMutablePointer<UInt8>.allocate(capacity: 32)
  var count: Int

  /// The chain after `count` records, the last of which has the value `last`.
  init(count: Int = 0, last: UnsafeRawBufferPointer? = nil) {
    self.count = count
    value.initialize(repeating: 0, count: 32)
    if let last {
      UnsafeMutableRawPointer(value).copyMemory(from: last.baseAddress!, byteCount: 32)
    }
  }

  deinit { value.deallocate() }

  /// Chains `payload` and returns its number.
  func advance(_ payload: UnsafeRawBufferPointer) -> Int {
    chash_sha256_pair(value, 32, payload.baseAddress, payload.count, value)
    count += 1
    return count - 1
  }
}
