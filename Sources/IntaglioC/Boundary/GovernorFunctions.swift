public import CIntaglio
internal import IntaglioHooks

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_governor_open(
  _ path: UnsafePointer<CChar>?, _ pathCount: Int, _ options: UnsafePointer<CChar>?,
  _ optionsCount: Int, _ governor: UnsafeMutablePointer<intaglio_governor>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe governor?.pointee = 0
  return unsafe attempt(error) {
    guard let governor = unsafe governor else { throw Failure.invalid("governor is NULL") }
    let path = unsafe try IntaglioC.path(path, pathCount)
    let options = try GovernorOptions(unsafe members(options, optionsCount, "options"))
    let opened = try blocking { try await Governor.open(at: path, options: options) }
    unsafe governor.pointee = HandleTable.insert(HostedGovernor(opened, options))
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_governor_call(
  _ governor: intaglio_governor, _ request: UnsafePointer<CChar>?, _ requestCount: Int,
  _ answer: UnsafeMutablePointer<intaglio_bytes>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe answer?.pointee = intaglio_bytes()
  return unsafe attempt(error) {
    let hosted: HostedGovernor = try HandleTable.object(governor)
    let request = unsafe try IntaglioC.request(request, requestCount)
    unsafe give(try hosted.call(request), answer)
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_governor_send(
  _ governor: intaglio_governor, _ id: UInt64, _ request: UnsafePointer<CChar>?,
  _ requestCount: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe attempt(error) {
    let hosted: HostedGovernor = try HandleTable.object(governor)
    try hosted.send(unsafe IntaglioC.request(request, requestCount), id: id)
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_governor_next(
  _ governor: intaglio_governor, _ timeout: Int64, _ id: UnsafeMutablePointer<UInt64>?,
  _ answer: UnsafeMutablePointer<intaglio_bytes>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe id?.pointee = 0
  unsafe answer?.pointee = intaglio_bytes()
  return unsafe attempt(error) {
    let hosted: HostedGovernor = try HandleTable.object(governor)
    let next = try hosted.mailbox.next(timeout: nanoseconds(timeout))
    unsafe id?.pointee = next.id
    unsafe give(next.bytes, answer)
  }
}

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_governor_close(
  _ governor: intaglio_governor, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe attempt(error) {
    let hosted: HostedGovernor = try HandleTable.remove(governor)
    try hosted.close()
  }
}

fileprivate func request(
  _ request: UnsafePointer<CChar>?, _ count: Int
) throws(Failure) -> Request {
  try Request(unsafe json(request, count, "request"))
}

/// Milliseconds as C gives them; nil for ever.
func nanoseconds(_ milliseconds: Int64) -> UInt64? {
  guard milliseconds >= 0 else { return nil }
  let (nanoseconds, isOver) = UInt64(milliseconds).multipliedReportingOverflow(by: 1_000_000)
  return isOver ? nil : nanoseconds
}
