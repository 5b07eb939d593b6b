import IntaglioStorage
import IntaglioTestSupport
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

  @Test func whatIsFilledIntoAMappedBufferIsInTheFileAtOnce() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.directory().open("staging", .createNew)
    try file.write([UInt8](repeating: 0, count: 3 * 4096), at: 0)
    let buffer = try file.mapStagingBuffer(at: 4096, headerByteCount: 4096, byteCount: 4096)
    #expect(buffer.survivesProcess && buffer.isFilled && buffer.byteCount == 4096)
    let header: [UInt8] = [1, 2, 3]
    buffer.writeHeader(header.span.bytes)
    buffer.reserve()
    #expect(!buffer.isFilled)
    buffer.fill(4094..<4096) { $0.storeBytes(of: 0x0504, as: UInt16.self) }
    #expect(buffer.isFilled)
    #expect(try file.read(byteCount: 4, at: 4096) == [1, 2, 3, 0])
    #expect(try file.read(byteCount: 3, at: 3 * 4096 - 3) == [0, 4, 5])
    let last = buffer.bytes.unsafeLoad(fromByteOffset: 4095, as: UInt8.self)
    #expect(last == 5 && buffer.bytes.byteCount == 4096)
  }

  @Test func aBufferInMemoryHasNoHeader() {
    let buffer = StagingBuffer(byteCount: 8)
    let header: [UInt8] = [1, 2, 3]
    buffer.writeHeader(header.span.bytes)
    #expect(!buffer.survivesProcess)
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
