import CPlain
import Foundation
import Synchronization

/// A JSON Lines file with a hash a line, as most audit packages for agents keep: in C, so that it is the
/// format that is measured, and not a language.
struct JSONLinesContender: Contender {
  var name: String { "JSON Lines" }
  var version: String { "C, write and fdatasync" }
  var modes: Set<Mode> { [.buffered, .written, .writtenBatches, .synced, .syncedBatches] }
  var abilities: Abilities { [.threads, .scans] }

  func open(_ directory: String, _ options: StoreOptions) throws -> any Store {
    try JSONLinesStore(directory + "/log.jsonl", options.mode)
  }
}

final class JSONLinesStore: Store, @unchecked Sendable {  // `lock` guards file, buffer and chain.
  private let file: CInt
  private let path: String
  private let mode: Mode
  private let lock = Mutex(())
  private let chain = OneLaneChain()
  private var lines: UnsafeMutableRawBufferPointer
  private var used = 0

  init(_ path: String, _ mode: Mode) throws {
    self.path = path
    self.mode = mode
    file = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw ContenderError("cannot open \(path)") }
    lines = .allocate(byteCount: 1 << 20, alignment: 64)
  }

  func append(_ payload: UnsafeRawBufferPointer, stream: Int) throws {
    try lock.withLock { _ in
      try add(payload)
      if mode != .buffered { try write() }
      if mode.isSynced { try sync() }
    }
  }

  func append(
    batchOf count: Int, _ payload: (Int) -> UnsafeRawBufferPointer, stream: (Int) -> Int
  ) throws {
    for index in 0..<count { try add(payload(index)) }
    try write()
    if mode.isSynced { try sync() }
  }

  func settle() throws { try write() }

  private func add(_ payload: UnsafeRawBufferPointer) throws {
    let room = 256 + 6 * payload.count
    if used + room > lines.count { try write() }
    let output = (lines.baseAddress! + used).assumingMemoryBound(to: CChar.self)
    used += plain_json_line(
      output, UInt64(chain.count), chain.value, payload.baseAddress, payload.count)
    chain.count += 1
  }

  private func write() throws {
    var done = 0
    while done < used {
      let written = Glibc.write(file, lines.baseAddress! + done, used - done)
      guard written > 0 else { throw ContenderError("cannot write \(path)") }
      done += written
    }
    used = 0
  }

  private func sync() throws {
    guard fdatasync(file) == 0 else { throw ContenderError("cannot sync \(path)") }
  }

  func count() throws -> Int {
    var count = 0
    try forEachLine { _ in count += 1 }
    return count
  }

  func forEach(
    in range: Range<Int>,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let payload = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
    let chain = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 8)
    defer {
      payload.deallocate()
      chain.deallocate()
    }
    var number = 0
    try forEachLine { line in
      defer { number += 1 }
      guard range.contains(number) else { return }
      let count = plain_json_parse(
        line.baseAddress!.assumingMemoryBound(to: CChar.self), line.count,
        payload.baseAddress!.assumingMemoryBound(to: UInt8.self),
        chain.baseAddress!.assumingMemoryBound(to: UInt8.self))
      guard count >= 0 else { throw ContenderError("line \(number) is not a record") }
      try body(
        UnsafeRawBufferPointer(start: payload.baseAddress, count: count),
        UnsafeRawBufferPointer(chain))
    }
  }

  private func forEachLine(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    try data.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        guard let newline = memchr(rest.baseAddress!, 0x0A, rest.count) else { break }
        let count = UnsafeRawPointer(newline) - rest.baseAddress!
        try body(UnsafeRawBufferPointer(rebasing: rest[..<count]))
        start += count + 1
      }
    }
  }

  func close() throws {
    try write()
    Glibc.close(file)
    lines.deallocate()
  }
}
