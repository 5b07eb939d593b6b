public import CIntaglio
internal import IntaglioFormat
internal import IntaglioVerifier
internal import SystemPackage

/// As `intaglio.h` has it.
@c @implementation
public func intaglio_verify(
  _ path: UnsafePointer<CChar>?, _ pathCount: Int, _ options: UnsafePointer<CChar>?,
  _ optionsCount: Int, _ report: UnsafeMutablePointer<intaglio_bytes>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe report?.pointee = intaglio_bytes()
  return unsafe attempt(error) {
    let path = unsafe try IntaglioC.path(path, pathCount)
    let verifier = try Verifier(unsafe members(options, optionsCount, "options"))
    unsafe give(try verifier.verify(path).json, report)
  }
}

extension Verifier {
  fileprivate init(_ members: Members) throws(Failure) {
    var members = members
    self.init()
    for text in try members.optionalTexts("heads") ?? [] {
      guard let head = TrustedHead(written: text) else {
        throw .invalid(
          "\(escaped(text)) is no head: write sequence:chain, as intaglio head prints it")
      }
      trustedHeads.append(head)
    }
    checksState = try members.flag("state", default: true)
    if let count = try members.optionalCount("threads") {
      guard (1...1024).contains(count) else {
        throw members.wrong("threads", "a count from 1 to 1024")
      }
      threadCount = count
    }
    try members.finish()
  }
}

extension TrustedHead {
  /// The sequence number of the last record, a colon, and that record's chain value.
  fileprivate init?(written text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let sequence = UInt64(parts[0]), sequence < .max,
      let chain = Digest(hex: String(parts[1]))
    else { return nil }
    self.init(count: sequence + 1, chain: chain)
  }
}
