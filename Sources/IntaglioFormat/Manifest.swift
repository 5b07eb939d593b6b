/// Who a log is: the contents of `MANIFEST`, and of record 0.
///
/// FileFormat, "MANIFEST".
public struct Manifest: Hashable, Sendable {
  /// The log's identity.
  public let logID: LogID
  /// A name for people and for signed heads, such as `example.com/payments`.
  public let origin: String

  /// - Precondition: `origin` has 1 to 255 bytes without control characters.
  package init(logID: LogID, origin: String) {
    precondition(isValidName(origin), "the caller checks the origin")
    self.logID = logID
    self.origin = origin
  }

  package var encoded: [UInt8] {
    JSON.object([
      .init("format", .string("intaglio")), .init("id", .string(logID.description)),
      .init("origin", .string(origin)), .init("sealing", .bool(false)),
      .init("version", .integer(Format.version)),
    ]).canonical
  }

  package init(decoding bytes: RawSpan) throws(FormatError) {
    guard bytes.byteCount <= Limits.manifestByteCount else {
      throw .invalid("MANIFEST has more than \(Limits.manifestByteCount) bytes")
    }
    let json: JSON
    do { json = try JSON.parse(bytes) } catch { throw .invalid("MANIFEST is not JSON: \(error)") }
    guard json["format"] == .string("intaglio"), case .number(let text)? = json["version"],
      let version = UInt64(digits: text)
    else { throw .invalid("MANIFEST is not that of an Intaglio log") }
    try Format.checkVersion(UInt32(clamping: version))
    guard let hex = json["id"]?.string, let idBytes = [UInt8](hex: hex),
      let logID = LogID(bytes: idBytes), let origin = json["origin"]?.string, isValidName(origin)
    else { throw .invalid("MANIFEST lacks a valid id or origin") }
    self.init(logID: logID, origin: origin)
    // One manifest has one encoding: anything more or less in the file would be outside the chain's meaning.
    guard bytes.elementsEqual(encoded.rawSpan) else {
      throw .invalid("MANIFEST is not in its canonical form")
    }
  }
}
