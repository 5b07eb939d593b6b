public import CIntaglio
internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_open(
  _ path: UnsafePointer<CChar>?, _ pathCount: Int, _ options: UnsafePointer<CChar>?,
  _ optionsCount: Int, _ log: UnsafeMutablePointer<intaglio_log>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe open(log, error) {
    let path = unsafe try IntaglioC.path(path, pathCount)
    let opening = try Opening(unsafe members(options, optionsCount, "options"))
    return OpenLog(try opening.open(at: path))
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_reader_open(
  _ path: UnsafePointer<CChar>?, _ pathCount: Int, _ options: UnsafePointer<CChar>?,
  _ optionsCount: Int, _ reader: UnsafeMutablePointer<intaglio_log>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe open(reader, error) {
    let path = unsafe try IntaglioC.path(path, pathCount)
    var options = unsafe try members(options, optionsCount, "options")
    let includesUnsynced = try options.flag("including_unsynced", default: false)
    try options.finish()
    return OpenLog(try LogReader.open(at: path, includingUnsynced: includesUnsynced))
  }
}

private func open(
  _ handle: UnsafeMutablePointer<intaglio_log>?, _ error: UnsafeMutablePointer<OpaquePointer?>?,
  _ body: () throws -> OpenLog
) -> CInt {
  unsafe handle?.pointee = 0
  return unsafe attempt(error) {
    guard let handle = unsafe handle else {
      throw Failure.invalid("there is no place for the handle: it is NULL")
    }
    unsafe handle.pointee = HandleTable.insert(try body())
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_close(
  _ log: intaglio_log, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe attempt(error) {
    let log: OpenLog = try HandleTable.remove(log)
    try log.close()
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_describe(
  _ log: intaglio_log, _ description: UnsafeMutablePointer<intaglio_bytes>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe answer(description, error) {
    let log: OpenLog = try HandleTable.object(log)
    return .members([
      "path": .string(log.path.string), "log": .string(log.manifest.logID.description),
      "origin": .string(log.manifest.origin), "is_reader": .bool(log.isReader),
    ])
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_stream(
  _ log: intaglio_log, _ name: UnsafePointer<CChar>?, _ nameCount: Int,
  _ stream: UnsafeMutablePointer<UInt32>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe stream?.pointee = 0
  return unsafe attempt(error) {
    let log: OpenLog = try HandleTable.object(log)
    let found = try log.stream(named: unsafe text(name, nameCount, "name"))
    unsafe stream?.pointee = found.number.rawValue
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_streams(
  _ log: intaglio_log, _ streams: UnsafeMutablePointer<intaglio_bytes>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe answer(streams, error) {
    let log: OpenLog = try HandleTable.object(log)
    let streams = try log.snapshot().streams().map { stream, count in
      JSON.members([
        "stream": .integer(stream.number.rawValue), "name": .string(stream.name),
        "count": .integer(count),
      ])
    }
    return .members(["streams": .array(streams)])
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_append(
  _ log: intaglio_log, _ stream: UInt32, _ kind: UInt16, _ flags: UInt32,
  _ data: UnsafePointer<UInt8>?, _ count: Int, _ receipt: UnsafeMutablePointer<intaglio_receipt>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe receive(receipt, error) {
    let log: OpenLog = try HandleTable.object(log)
    let writer = try log.writer()
    let payload = unsafe try bytes(data, count, "payload")
    let kind = try recordKind(kind)
    let isSalted = try isSalted(flags)
    let receipt = try writer.append(
      unsafe payload.span.bytes, to: try log.stream(stream), kind: kind, salted: isSalted)
    log.noteProgress()
    return receipt
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_append_batch(
  _ log: intaglio_log, _ items: UnsafePointer<intaglio_item>?, _ itemCount: Int,
  _ receipt: UnsafeMutablePointer<intaglio_receipt>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe receive(receipt, error) {
    let log: OpenLog = try HandleTable.object(log)
    let writer = try log.writer()
    guard let items = unsafe items, itemCount > 0 else {
      throw Failure.invalid("a batch has at least one record")
    }
    var batch = writer.batch()
    for index in 0..<itemCount {
      let item = unsafe items[index]
      let payload = unsafe try bytes(item.data, item.count, "payload of item \(index)")
      try batch.append(
        unsafe payload.span.bytes, to: try log.stream(unsafe item.stream),
        kind: try recordKind(unsafe item.kind), salted: try isSalted(unsafe item.flags))
      guard batch.byteCount <= Limits.batchByteCount else {
        throw LogError(
          .tooLarge,
          "a batch has at most \(Limits.batchByteCount) bytes, and item \(index) is over that: divide it"
        )
      }
    }
    let receipt = try writer.append(batch)
    log.noteProgress()
    return receipt
  }
}

private func recordKind(_ number: UInt16) throws(Failure) -> RecordKind {
  guard number != 0 else { throw .invalid("a kind of records is never 0: use 256 or more") }
  return RecordKind(number)
}

private func isSalted(_ flags: UInt32) throws(Failure) -> Bool {
  guard flags & ~INTAGLIO_SALTED == 0 else {
    throw .invalid("the flags \(flags) are not known: only INTAGLIO_SALTED is")
  }
  return flags == INTAGLIO_SALTED
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_wait(
  _ log: intaglio_log, _ sequence: UInt64, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe attempt(error) {
    let log: OpenLog = try HandleTable.object(log)
    try log.writer().wait(through: SequenceNumber(sequence))
    log.noteProgress()
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_synchronize(
  _ log: intaglio_log, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe attempt(error) {
    let log: OpenLog = try HandleTable.object(log)
    try log.writer().synchronize()
    log.noteProgress()
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_head(
  _ log: intaglio_log, _ recordCount: UnsafeMutablePointer<UInt64>?,
  _ chain: UnsafeMutablePointer<UInt8>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe attempt(error) {
    let log: OpenLog = try HandleTable.object(log)
    let snapshot = try log.snapshot()
    unsafe recordCount?.pointee = snapshot.count
    if let chain = unsafe chain {
      unsafe UnsafeMutableRawPointer(chain).copy(snapshot.chain)
    }
  }
}
