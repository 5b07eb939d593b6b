import IntaglioStorage
import Synchronization
import Testing

@Suite struct StagingBufferTests {
  @Test func waitingEndsWhenEveryReservedRangeIsFilled() {
    let buffer = StagingBuffer(byteCount: 64 * 1024)
    for _ in 0..<16 { buffer.reserve() }
    let threads = (0..<16).map { index in
      BackgroundThread {
        BackgroundThread.yield()
        buffer.fill(index * 4096..<(index + 1) * 4096) { span in
          for offset in 0..<span.byteCount {
            span.storeBytes(of: UInt8(index + 1), toByteOffset: offset, as: UInt8.self)
          }
        }
      }
    }
    buffer.waitUntilFilled()
    for index in 0..<16 {
      let part = buffer.bytes.extracting(index * 4096..<(index + 1) * 4096)
      let isFilled = part.withUnsafeBytes { $0.allSatisfy { $0 == index + 1 } }
      #expect(isFilled, "range \(index)")
    }
    threads.forEach { $0.join() }
  }

  @Test func aBufferCanBeUsedAgain() {
    let buffer = StagingBuffer(byteCount: 8)
    for value in UInt8(1)...3 {
      buffer.reserve()
      buffer.fill(2..<3) { $0.storeBytes(of: value, as: UInt8.self) }
      buffer.waitUntilFilled()
      #expect(buffer.bytes.unsafeLoad(fromByteOffset: 2, as: UInt8.self) == value)
    }
  }
}
