internal import IntaglioFormat
internal import SystemPackage

/// Who reads standard output has closed it: no error, but there is nothing left to do.
struct OutputClosed: Error {}

/// Standard output with a buffer; what is in it at the end has to be flushed.
struct Output: ~Copyable {
  private static let flushByteCount = 64 << 10
  private var buffer: [UInt8] = []

  init() { buffer.reserveCapacity(Self.flushByteCount * 2) }

  /// Appends bytes; writes them out once there are enough.
  mutating func write(_ body: (inout [UInt8]) throws -> Void) throws {
    try body(&buffer)
    if buffer.count >= Self.flushByteCount { try flush() }
  }

  mutating func write(line: String) throws {
    try write { buffer in
      buffer.append(contentsOf: line.utf8)
      buffer.append(UInt8(ascii: "\n"))
    }
  }

  mutating func write(_ bytes: RawSpan) throws { try write { $0.append(bytes: bytes) } }

  mutating func flush() throws {
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    do { try FileDescriptor.standardOutput.writeAll(buffer) } catch let error as Errno {
      if error == .brokenPipe { throw OutputClosed() }
      throw CommandError(
        "cannot write to standard output: \(error); the output is not complete, write it elsewhere")
    }
  }
}

/// Writes `text` to standard output at once.
func print(toOutput text: String) throws {
  var output = Output()
  try output.write { $0.append(contentsOf: text.utf8) }
  try output.flush()
}
