public import CIntaglio
internal import Intaglio
internal import IntaglioFormat

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_log_read(
  _ log: intaglio_log, _ sequence: UInt64, _ record: UnsafeMutablePointer<intaglio_record>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe read(record, error) {
    let log: OpenLog = try HandleTable.object(log)
    let sequence = SequenceNumber(sequence)
    return try log.snapshot(with: sequence).record(at: sequence)
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_cursor_open(
  _ log: intaglio_log, _ stream: UInt32, _ from: UInt64,
  _ cursor: UnsafeMutablePointer<intaglio_cursor>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe cursor?.pointee = 0
  return unsafe attempt(error) {
    let log: OpenLog = try HandleTable.object(log)
    guard let cursor = unsafe cursor else {
      throw Failure.invalid("there is no place for the handle: it is NULL")
    }
    let stream = stream == UInt32.max ? nil : StreamNumber(stream)
    unsafe cursor.pointee = HandleTable.insert(Cursor(log, stream, from: SequenceNumber(from)))
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_cursor_next(
  _ cursor: intaglio_cursor, _ timeout: Int64, _ record: UnsafeMutablePointer<intaglio_record>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe read(record, error) {
    let cursor: Cursor = try HandleTable.object(cursor)
    return try cursor.next(timeout: nanoseconds(timeout))
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_cursor_close(
  _ cursor: intaglio_cursor, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe attempt(error) {
    let cursor: Cursor = try HandleTable.remove(cursor)
    cursor.close()
  }
}
