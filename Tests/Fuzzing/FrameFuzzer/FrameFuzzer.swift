// libFuzzer target: whatever bytes stand where a frame, a header, a slot, a manifest or a payload should be, reading them
// ends with a value or an error, and never reads outside them.
//
// Run with Tests/Fuzzing/run.

import IntaglioFormat

func fuzzFrame(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  let span = bytes.rawSpan
  var offset = 0
  let context = span.byteCount >= 24 ? span.integer(at: 16) as UInt64 : 0
  while offset + FrameHeader.byteCount <= bytes.count {
    switch FrameHeader.parse(span, at: offset, available: bytes.count - offset, context: context) {
    case .end: offset += 8
    case .filler(let byteCount):
      _ = FrameHeader.fillerHolds(span, at: offset, byteCount: byteCount, nonce: 1)
      offset += byteCount
    case .invalid(_, let plausible): offset += plausible ?? 8
    case .frame(let frame):
      precondition(offset + frame.frameByteCount <= bytes.count)
      _ = frame.crcHolds(span, at: offset, nonce: 1)
      _ = frame.contentHolds(span, at: offset)
      _ = FrameHeader.chain(of: span, at: offset, after: frame.chain)
      let range = frame.storedRange(at: offset)
      _ = LogPayload(kind: frame.kind, decoding: span.extracting(range))
      offset += frame.frameByteCount
    }
  }
  _ = try? SegmentHeader(decoding: span)
  _ = Head(decoding: span)
  if let manifest = try? Manifest(decoding: span) { precondition(manifest.encoded == bytes) }
  if let canonical = (try? JSON.parse(bytes))?.canonical {
    precondition((try? JSON.parse(canonical))?.canonical == canonical)
  }
  _ = LZ4.decompress(span, byteCount: min(bytes.count * 4, 1 << 16))
  return 0
}

// The package manager names the entry point of a program after it; libFuzzer's own loop is started from there.
@_cdecl("FrameFuzzer_main")
func main(_ count: CInt, _ arguments: FuzzerArguments) -> CInt {
  var count = count
  var arguments: FuzzerArguments? = arguments
  return unsafe runFuzzer(&count, &arguments) { unsafe fuzzFrame($0, $1) }
}

typealias FuzzerArguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<FuzzerArguments?>,
  _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
