import CHash
import Synchronization

/// What the processor can hash at all: payloads and links of as many records as are verified, in memory.
final class LanesLimit: @unchecked Sendable {  // Read only once made; threads write apart.
  private static let linkByteCount = 112
  private static let group = 96
  private let corpus: Corpus
  private let count: Int
  private let byteCount = 256
  private lazy var bytes = makeBytes()

  init(_ context: Context) {
    corpus = context.corpus
    count = context.settings.readCount
  }

  func measure(threadCount: Int) -> Sample {
    let start = bytes.baseAddress!
    let address = UInt(bitPattern: start)
    let meter = Meter()
    inParallel(threadCount) { [self] thread in
      hash(
        UnsafeRawPointer(bitPattern: address)!,
        count * thread / threadCount..<count * (thread + 1) / threadCount)
    }
    return meter.sample(Double(count) / meter.seconds, count: count)
  }

  private func hash(_ bytes: UnsafeRawPointer, _ range: Range<Int>) {
    let size = byteCount + Self.linkByteCount
    let counts = (0..<2 * Self.group).map { $0 < Self.group ? byteCount : Self.linkByteCount }
    var messages = [UnsafeRawPointer?](repeating: nil, count: 2 * Self.group)
    var digests = [UInt8](repeating: 0, count: 2 * Self.group * 32)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.group) {
      for index in 0..<Self.group {
        let record = bytes + min(first + index, range.upperBound - 1) * size
        messages[index] = record
        messages[Self.group + index] = record + byteCount
      }
      chash_sha256_many(messages, counts, messages.count, &digests)
    }
    keep(UInt64(digests[0]))
  }

  private func makeBytes() -> UnsafeMutableRawBufferPointer {
    let size = byteCount + Self.linkByteCount
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * size, alignment: 64)
    for index in 0..<count {
      UnsafeMutableRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
        .copyMemory(from: corpus.payload(index, byteCount: size))
    }
    return bytes
  }

  deinit { bytes.deallocate() }
}
