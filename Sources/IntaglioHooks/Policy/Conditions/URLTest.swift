/// Where an absolute URL leads to: its scheme and its host, read so that no two programs could disagree.
package struct URLTest: Hashable, Sendable {
  /// A host, or with `*.` before it all that lie below it.
  package struct HostPattern: Hashable, Sendable {
    /// In lower case.
    package let text: String

    package init(_ written: String) throws(PatternError) {
      let host = written.hasPrefix("*.") ? String(written.dropFirst(2)) : written
      if let fault = WebAddress.fault(inHost: host) {
        throw PatternError("it \(fault); a host is written example.com or *.example.com")
      }
      text = written.lowercased()
    }

    func matches(_ host: String) -> Bool {
      guard text.hasPrefix("*.") else { return host == text }
      return host.hasSuffix(text.dropFirst())
    }
  }

  /// In lower case; nil for any.
  package let schemes: [String]?
  /// Nil for any.
  package let hosts: [HostPattern]?

  package init(schemes: [String]?, hosts: [HostPattern]?) {
    self.schemes = schemes
    self.hosts = hosts
  }

  /// The scheme `written`, in lower case.
  package static func scheme(_ written: String) throws(PatternError) -> String {
    guard WebAddress.isScheme(written) else {
      throw PatternError("a scheme is written https, without what follows it")
    }
    return written.lowercased()
  }

  func truth(of text: String, _ effort: inout Effort) -> Truth {
    effort.spend(text.utf8.count)
    let address: WebAddress
    do { address = try WebAddress(text) } catch { return .errs("is a URL that \(error.what)") }
    effort.spend((hosts?.count ?? 0) + (schemes?.count ?? 0))
    return Truth(
      schemes?.contains(address.scheme) ?? true
        && hosts?.contains { $0.matches(address.host) } ?? true)
  }
}

/// The beginning of an absolute URL, `SCHEME://HOST[:PORT]`, read strictly: what readers are known to understand in
/// different ways is an error.
struct WebAddress {
  /// In lower case.
  let scheme: String
  /// In lower case.
  let host: String

  init(_ text: String) throws(PatternError) {
    let bytes = Array(text.utf8)
    guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw PatternError("has spaces or control characters")
    }
    guard !bytes.contains(UInt8(ascii: "\\")) else { throw PatternError("has a backslash") }
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      Self.isScheme(String(decoding: bytes[..<colon], as: UTF8.self))
    else { throw PatternError("has no scheme") }
    guard bytes[colon...].starts(with: "://".utf8) else {
      throw PatternError("has no // after its scheme")
    }
    let rest = bytes[(colon + 3)...]
    let authority = rest.prefix { !"/?#".utf8.contains($0) }
    guard !authority.contains(UInt8(ascii: "@")) else { throw PatternError("has user information") }
    let host = authority.prefix { $0 != UInt8(ascii: ":") }
    let port = authority[host.endIndex...].dropFirst()
    guard host.endIndex == authority.endIndex || Self.isPort(port) else {
      throw PatternError("has a port that is none")
    }
    let hostText = String(decoding: host, as: UTF8.self)
    if let fault = Self.fault(inHost: hostText) { throw PatternError("has a host that \(fault)") }
    scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    self.host = hostText.lowercased()
  }

  /// A letter, and then letters, digits, `+`, `-` and `.` (RFC 3986, 3.1).
  static func isScheme(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.isASCIILetter else { return false }
    return text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "+-.".utf8.contains($0) }
  }

  private static func isPort(_ digits: ArraySlice<UInt8>) -> Bool {
    (1...5).contains(digits.count) && digits.allSatisfy(\.isASCIIDigit)
      && UInt16(String(decoding: digits, as: UTF8.self)) != nil
  }

  /// What is wrong with `host`, which may be labels with dots between them or four numbers; nil if nothing is.
  static func fault(inHost host: String) -> String? {
    guard !host.isEmpty else { return "is empty" }
    guard host.utf8.allSatisfy({ $0 < 0x80 }) else { return "is not ASCII" }
    guard !host.utf8.contains(UInt8(ascii: "%")) else { return "has a percent sign" }
    guard host.utf8.count <= 253 else { return "has more than 253 characters" }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard !labels.last!.isEmpty else { return "ends with a dot" }
    for label in labels {
      guard (1...63).contains(label.utf8.count) else {
        return "has a label that is empty or too long"
      }
      let isPlain = label.utf8.allSatisfy {
        $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
      guard isPlain else { return "has characters that hosts do not have" }
    }
    // Readers take a host whose last label is a number for an address (WHATWG URL, 3.5), in several spellings.
    guard labels.last!.looksNumeric else { return nil }
    return labels.count == 4 && labels.allSatisfy(\.isOctet)
      ? nil : "is a number in another form than 1.2.3.4"
  }
}

extension Substring {
  /// Digits only, or hexadecimal digits after 0x.
  fileprivate var looksNumeric: Bool {
    let lowered = lowercased()
    return lowered.utf8.allSatisfy(\.isASCIIDigit)
      || lowered.hasPrefix("0x") && lowered.utf8.dropFirst(2).allSatisfy(\.isASCIIHexDigit)
  }

  /// From 0 to 255, without leading zeros.
  fileprivate var isOctet: Bool { UInt8(self).map { String($0) == self } ?? false }
}
