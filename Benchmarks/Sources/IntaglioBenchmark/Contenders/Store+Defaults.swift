import CHash
import CPlain
import Synchronization

/// What a store does if it does not know better; a workload only asks for what `abilities` promise.
extension Store {
  func settle() throws {}
  func refresh() throws {}
  func readStream(_ stream: Int) throws -> Int { throw ContenderError("no streams") }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    throw ContenderError("no point reads")
  }

  /// Touches every byte of record `index`, and returns the sum of its words.
  func read(_ index: Int) throws -> UInt64 {
    var sum: UInt64 = 0
    try read(index) { sum = $0.sum }
    return sum
  }
  func forEach(
    in range: Range<Int>,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
  ) throws { throw ContenderError("no scans") }

  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws { throw ContenderError("no batches") }

  func scan() throws -> Int {
    var count = 0
    var sum: UInt64 = 0
    try forEach(in: 0..<self.count()) { payload, _ in
      sum &+= payload.sum
      count += 1
    }
    keep(sum)
    return count
  }

  /// One range of records a thread: every pair of neighbours can be verified alone.
  func verify(threadCount: Int) throws {
    let count = try count()
    let failure = Mutex<(any Error)?>(nil)
    inParallel(threadCount) { thread in
      let first = count * thread / threadCount
      let end = count * (thread + 1) / threadCount
      do { try self.verify(first..<end) } catch { failure.withLock { $0 = error } }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  private func verify(_ range: Range<Int>) throws {
    var chain = [UInt8](repeating: 0, count: 32)
    // The record before the first one gives the value to go on from.
    let start = max(0, range.lowerBound - 1)
    var isKnown = range.lowerBound == 0
    var verified = 0
    try forEach(in: start..<range.upperBound) { payload, stored in
      if isKnown {
        chash_sha256_pair(chain, 32, payload.baseAddress, payload.count, &chain)
        let matches = chain.withUnsafeBytes { $0.elementsEqual(stored) }
        guard matches else { throw ContenderError("record \(start + verified) is not chained") }
      } else {
        chain = Array(stored)
        isKnown = true
      }
      verified += 1
    }
    guard verified == range.upperBound - start else {
      throw ContenderError("\(verified) records instead of \(range.upperBound - start)")
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The sum of all words: touches every byte, the same for every contender.
  var sum: UInt64 { plain_sum(baseAddress, count) }
}

/// Keeps the optimizer from removing what led to `value`.
@inline(never)
func keep(_ value: UInt64) {}
