import CIntaglio
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

/// A log by the C interface.
@Suite struct LogTests {
  /// A log as C has it, open for writing.
  private static func open(_ path: FilePath, _ options: String = "{}") throws -> intaglio_log {
    var log: intaglio_log = 0
    try call { error in
      intaglio_log_open(
        path.string, path.string.utf8.count, options, options.utf8.count, &log, &error)
    }
    return log
  }

  private static func reader(_ path: FilePath, _ options: String = "{}") throws -> intaglio_log {
    var log: intaglio_log = 0
    try call { error in
      intaglio_reader_open(
        path.string, path.string.utf8.count, options, options.utf8.count, &log, &error)
    }
    return log
  }

  private static func stream(_ log: intaglio_log, _ name: String) throws -> UInt32 {
    var stream: UInt32 = 0
    try call { error in intaglio_log_stream(log, name, name.utf8.count, &stream, &error) }
    return stream
  }

  @discardableResult
  private static func append(
    _ log: intaglio_log, _ stream: UInt32, _ payload: String
  ) throws -> UInt64 {
    var receipt = intaglio_receipt()
    let bytes = Array(payload.utf8)
    try call { error in
      intaglio_log_append(log, stream, 256, 0, bytes, bytes.count, &receipt, &error)
    }
    try call { error in intaglio_log_wait(log, receipt.last, &error) }
    return receipt.last
  }

  private static func next(_ cursor: intaglio_cursor, _ timeout: Int64) throws -> String {
    var record = intaglio_record()
    try call { error in intaglio_cursor_next(cursor, timeout, &record, &error) }
    defer { intaglio_bytes_free(&record.payload) }
    return String(
      decoding: UnsafeBufferPointer(start: record.payload.data, count: record.payload.count),
      as: UTF8.self)
  }

  private static func cursor(
    _ log: intaglio_log, _ stream: UInt32, from: UInt64 = 0
  ) throws -> intaglio_cursor {
    var cursor: intaglio_cursor = 0
    try call { error in intaglio_cursor_open(log, stream, from, &cursor, &error) }
    return cursor
  }

  private static func close(_ log: intaglio_log) throws {
    try call { error in intaglio_log_close(log, &error) }
  }

  @Test func `a cursor follows its stream: it ends, is asked again, waits, and is woken`() throws {
    let directory = try TemporaryDirectory()
    let log = try Self.open(directory.path(of: "log"))
    let reader = try Self.reader(directory.path(of: "log"))
    let (mine, other) = (try Self.stream(log, "mine"), try Self.stream(log, "other"))
    for source in [log, reader] {
      let cursor = try Self.cursor(source, mine)
      try Self.append(log, other, "not mine")
      if source == log { #expect(throws: CallError("end")) { try Self.next(cursor, 0) } }
      let number = try Self.append(log, mine, "one")
      let later = try Self.cursor(source, mine, from: number)
      #expect(try Self.next(later, -1) == "one")
      #expect(throws: CallError("end")) { try Self.next(later, 0) }
      #expect(throws: CallError("timeout")) { try Self.next(later, 20) }
      // Whether this comes before the waiting or after it, it is found.
      let writer = BackgroundThread { _ = try? Self.append(log, mine, "two") }
      #expect(try Self.next(later, -1) == "two")
      writer.join()
      let closer = BackgroundThread { try? call { error in intaglio_cursor_close(later, &error) } }
      #expect(throws: CallError("closed")) { try Self.next(later, -1) }
      closer.join()
    }
    try Self.close(reader)
    try Self.close(log)
  }

  @Test func `a cursor over everything gives every record, also when its log was closed meanwhile`()
    throws
  {
    let directory = try TemporaryDirectory()
    let log = try Self.open(directory.path(of: "log"))
    let stream = try Self.stream(log, "s")
    for index in 0..<10 { try Self.append(log, stream, "\(index)") }
    let cursor = try Self.cursor(log, UInt32.max, from: 3)
    let first = try Self.next(cursor, 0)
    try Self.close(log)
    var texts = [first]
    while let text = try? Self.next(cursor, 0) { texts.append(text) }
    #expect(texts.suffix(10) == (0..<10).map(String.init))
    #expect(throws: CallError("closed")) { try Self.next(cursor, -1) }
  }

  @Test func `a reader sees what is durable, and with unsynced records what is written`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Self.open(path, #"{"durability":"written","compression":"none"}"#)
    let stream = try Self.stream(log, "s")
    let number = try Self.append(log, stream, "x")
    let described = try json { bytes, error in intaglio_log_describe(log, &bytes, &error) }
    #expect(described["path"] == .string(path.string))
    #expect(described["is_reader"] == .bool(false))
    try call { error in intaglio_log_synchronize(log, &error) }
    for options in ["{}", #"{"including_unsynced":true}"#] {
      let reader = try Self.reader(path, options)
      var record = intaglio_record()
      try call { error in intaglio_log_read(reader, number, &record, &error) }
      #expect(record.stream == stream && record.kind == 256 && record.payload_count == 1)
      intaglio_bytes_free(&record.payload)
      let streams = try json { bytes, error in intaglio_log_streams(reader, &bytes, &error) }
      #expect(
        streams["streams"]?.array?.contains {
          $0["name"] == .string("s") && $0["count"]?.integer == 1
        } == true)
      try Self.close(reader)
    }
    try Self.close(log)
  }

  @Test func `a state is changed together or not at all, listed, and taken back`() throws {
    let directory = try TemporaryDirectory()
    let log = try Self.open(directory.path(of: "log"))
    func change(_ text: String) throws {
      try call { error in
        intaglio_state_transaction(log, "desk", 4, text, text.utf8.count, nil, &error)
      }
    }
    func list(_ query: String) throws -> JSON {
      try json { bytes, error in
        intaglio_state_list(log, "desk", 4, query, query.utf8.count, &bytes, &error)
      }
    }
    try change(
      #"{"changes":[{"component":"c","key":"a1","value":"x"},{"component":"c","key":"a2","value":{"base64":"AP8="}},{"component":"d","key":{"base64":"/w=="},"value":""}]}"#
    )
    let all = try list("{}")
    let version = try #require(all["version"]?.integer)
    #expect(all["entries"]?.array?.count == 3)
    #expect(throws: CallError("conflict")) {
      try change(#"{"changes":[],"if_version":\#(version + 1)}"#)
    }
    #expect(throws: CallError("invalid")) {
      try change(
        #"{"changes":[{"component":"c","key":"a1","value":null},{"component":"","key":"k","value":""}]}"#
      )
    }
    let cut = try list(#"{"component":"c","prefix":"a","limit":1,"with_values":false}"#)
    #expect(cut["is_cut"] == .bool(true))
    #expect(
      cut["entries"]?.array == [
        .object([.init("component", .string("c")), .init("key", .string("a1"))])
      ])
    var checkpoint: UInt64 = 0
    try call { error in intaglio_checkpoint(log, "desk", 4, "l", 1, &checkpoint, &error) }
    try change(#"{"changes":[{"component":"c","key":"a1","value":null}],"if_version":\#(version)}"#)
    #expect(try list(#"{"component":"c"}"#)["entries"]?.array?.count == 1)
    #expect(
      try list(#"{"component":"c","checkpoint":\#(checkpoint)}"#)["entries"]?.array?.count == 2)
    try call { error in intaglio_rollback(log, "desk", 4, checkpoint, "r", 1, "b", 1, nil, &error) }
    let key = Array("a1".utf8)
    #expect(
      try bytes { value, error in
        intaglio_state_get(log, "desk", 4, "c", 1, key, 2, UInt64.max, &value, &error)
      } == Array("x".utf8))
    try call { error in intaglio_state_remove(log, "desk", 4, "c", 1, key, 2, nil, &error) }
    let spaces = try json { bytes, error in intaglio_state_spaces(log, &bytes, &error) }
    #expect(spaces["spaces"] == .array([.string("desk")]))
    let checkpoints = try json { bytes, error in
      intaglio_checkpoints(log, "desk", 4, &bytes, &error)
    }
    #expect(checkpoints["checkpoints"]?.array?.last?["checkpoint"]?.integer == checkpoint)
    try Self.close(log)
  }

  @Test func `looking at a state that is not there makes none`() throws {
    let directory = try TemporaryDirectory()
    let log = try Self.open(directory.path(of: "log"))
    var (before, after): (UInt64, UInt64) = (0, 0)
    try call { error in intaglio_log_head(log, &before, nil, &error) }
    #expect(throws: CallError("not_found")) {
      try call { error in
        var bytes = intaglio_bytes()
        return intaglio_state_list(log, nil, 0, nil, 0, &bytes, &error)
      }
    }
    try call { error in intaglio_log_head(log, &after, nil, &error) }
    #expect(before == after)
    try Self.close(log)
  }

  @Test func `the verifier reports damage, and knows a head that was noted elsewhere`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "log")
    let log = try Self.open(path)
    try Self.append(log, try Self.stream(log, "s"), "x")
    var count: UInt64 = 0
    var chain = [UInt8](repeating: 0, count: 32)
    try call { error in intaglio_log_head(log, &count, &chain, &error) }
    try Self.close(log)
    func verify(_ options: String) throws -> UInt64? {
      try json { report, error in
        intaglio_verify(
          path.string, path.string.utf8.count, options, options.utf8.count, &report, &error)
      }["exitCode"]?.integer
    }
    #expect(try verify(#"{"heads":["\#(count - 1):\#(chain.hex)"],"threads":1}"#) == 0)
    chain[0] ^= 1
    #expect(try verify(#"{"heads":["\#(count - 1):\#(chain.hex)"],"state":false}"#) == 1)
  }
}
