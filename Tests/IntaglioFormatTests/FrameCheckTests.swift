import IntaglioFormat
import Testing

@Suite("Frames checked together") struct FrameCheckTests {
  private static let nonce: UInt64 = 0x0123_4567_89AB_CDEF
  private let id = KnownAnswers.logID

  @Test("Frames that hold have no fault, however many there are, wherever the check begins")
  func sound() {
    let log = frames(count: 200)
    var check = FrameCheck()
    for first in [0, 1, 47, 48, 49, 150, 200] {
      let fault = check.firstFault(
        at: first..<200, of: log.frames, in: log.bytes.rawSpan, after: log.chains[first],
        nonce: Self.nonce)
      #expect(fault == nil)
    }
  }

  @Test("The first frame that does not hold is named, and what of it is asked first")
  func faults() {
    let log = frames(count: 120)
    for index in [0, 1, 2, 3, 47, 48, 95, 96, 119] {
      let frame = log.frames[index]
      let start = frame.offset
      let stored = frame.outline.storedRange(at: start)
      // A later frame is damaged too: it is never the one named.
      let later = log.frames[119].offset + 128
      var damages: [(offset: Int, fault: FrameCheck.Fault)] = [
        (start + 12, .checksum), (start + 48, .content), (start + 88, .chain),
        (start + 96, .chain),
      ]
      if !stored.isEmpty {
        // Here neither checksum nor content holds.
        damages += [(stored.lowerBound, .checksum), (stored.upperBound - 1, .checksum)]
      }
      for (offset, expected) in damages {
        var bytes = log.bytes.turning(at: offset)
        if index < 119 { bytes = bytes.turning(at: later) }
        let fault = find(log.frames, in: bytes)
        #expect(fault?.index == index && fault?.fault == expected, "frame \(index), \(expected)")
      }
    }
  }

  @Test("Padding that is not zero is a fault, though the checksum over it holds")
  func padding() throws {
    let log = frames(count: 20)
    let frame = try #require(log.frames.last { $0.outline.storedByteCount % 8 != 0 })
    var bytes = log.bytes
    bytes[frame.end - 1] = 1
    var checksum = CRC32C()
    checksum.update(bytes.rawSpan.extracting(frame.offset + 128..<frame.end))
    checksum.update(bytes.rawSpan.extracting(frame.offset..<frame.offset + 12))
    checksum.update(Self.nonce)
    withUnsafeBytes(of: checksum.value.littleEndian) {
      bytes.replaceSubrange(frame.offset + 12..<frame.offset + 16, with: $0)
    }
    let fault = find(log.frames, in: bytes)
    #expect(fault?.fault == .checksum)
    #expect(fault.map { log.frames[$0.index].offset } == frame.offset)
  }

  @Test("An erased content is not asked for, its place in the chain is")
  func erased() {
    let log = frames(count: 10, erasing: 4)
    #expect(find(log.frames, in: log.bytes) == nil)
    let fault = find(log.frames, in: log.bytes.turning(at: log.frames[4].offset + 80))
    #expect(fault?.index == 4 && fault?.fault == .chain)
  }

  private func find(
    _ frames: [PlacedFrame], in bytes: [UInt8]
  ) -> (index: Int, fault: FrameCheck.Fault)? {
    var check = FrameCheck()
    return check.firstFault(
      at: frames.indices, of: frames, in: bytes.rawSpan, after: id.genesis, nonce: Self.nonce)
  }

  /// Frames of changing lengths from 0 on, every seventh compressed, after some bytes that are none.
  private func frames(
    count: Int, erasing erased: Int? = nil
  ) -> (bytes: [UInt8], frames: [PlacedFrame], chains: [Digest]) {
    var bytes = [UInt8](repeating: 0xAA, count: 24)
    var frames: [PlacedFrame] = []
    var chains = [id.genesis]
    for index in 0..<count {
      let content = [UInt8](repeating: UInt8(index & 255), count: index * 37 % 500)
      let block = index % 7 == 3 ? LZ4.compress(content, limit: content.count - 1) : nil
      let stored = index == erased ? [] : block ?? content
      let record = PreparedRecord(
        stream: StreamNumber(1), kind: .event, flags: .commit,
        encoding: index == erased ? .erased : block == nil ? .raw : .lz4,
        contentByteCount: content.count, storedByteCount: stored.count,
        contentDigest: SHA256.hash(content), context: id.context)
      let sequence = SequenceNumber(UInt64(index))
      let time = Timestamp(nanoseconds: UInt64(index) * 1000)
      let chain = record.chain(after: chains[index], sequence: sequence, time: time)
      var frame = [UInt8](repeating: 0, count: record.frameByteCount)
      var span = frame.mutableSpan
      var output = span.mutableBytes
      record.write(
        to: &output, at: 0, stored: stored.rawSpan,
        place: FramePlace(
          sequence: sequence, time: time, chain: chain, unsynced: 0, nonce: Self.nonce))
      frames.append(PlacedFrame(FrameOutline(frame.rawSpan, at: 0), at: bytes.count))
      bytes += frame
      chains.append(chain)
    }
    return (bytes, frames, chains)
  }
}
