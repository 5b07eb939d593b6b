import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import Testing

@testable import Intaglio

@Suite("The index of a segment")
struct IndexTests {
  @Test("Every frame is found where it lies, whatever lengths and fillers are between")
  func offsets() throws {
    var generator = SeededGenerator()
    var contents = IndexContents()
    var offsets: [Int] = []
    var position = SegmentHeader.byteCount
    for ordinal in 0..<1500 {
      // Strides of 254, 255 and 256 units are where bytes end and exceptions begin.
      let units = ordinal % 3 == 0 ? 250 + ordinal % 11 : Int.random(in: 0...300, using: &generator)
      if ordinal % 50 == 7 { position += 16 + 8 * (ordinal % 5) }
      let frame = position..<position + FrameHeader.byteCount + units * 8
      contents.offsets.append(frameAt: frame.lowerBound, next: frame.upperBound)
      offsets.append(frame.lowerBound)
      position = frame.upperBound
    }
    let live = LiveIndex(contents)
    let identity = SidecarFormat.Identity(
      SegmentHeader(
        logID: try #require(LogID(bytes: Array(0..<16))), number: 0, firstSequence: .zero,
        capacity: 1 << 24, nonce: 1, previousChain: .zero))
    let bytes = SidecarFormat.encode(contents, identity)
    let mapping = Mapping(copying: bytes.rawSpan, [UInt8]().rawSpan)
    let sidecar = try #require(SidecarIndex(mapping, identity, count: offsets.count))
    for (ordinal, offset) in offsets.enumerated() {
      #expect(live.offset(of: ordinal) == offset)
      #expect(sidecar.offset(of: ordinal) == offset)
    }
    #expect(live.offset(of: offsets.count) == nil && sidecar.offset(of: offsets.count) == nil)
  }
}
