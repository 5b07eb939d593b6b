internal import IntaglioHooks
internal import Yams

/// A text that may be YAML, checked for what a YAML reader must not get to see.
struct YAMLText {
  private let text: String

  /// Refuses what is too long, is not UTF-8, has controls in it, or anchors and aliases of one name.
  ///
  /// Aliases are refused before the text is read, because a reader that compares keys takes exponential time over them.
  init(_ bytes: [UInt8]) throws(PolicyError) {
    guard bytes.count <= Policy.Bounds.textByteCount else {
      throw PolicyError(
        "the text has \(bytes.count) bytes, and at most \(Policy.Bounds.textByteCount) are read",
        at: .init(line: 1, column: 1))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Self.errorOfEncoding(bytes)
    }
    self.text = text
    var place = PolicyNode.Place(line: 1, column: 1)
    for scalar in text.unicodeScalars {
      if Self.isRefused(scalar) {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        throw PolicyError(
          "the character U+\(zeros)\(digits) controls how others are read: take it out", at: place)
      }
      place.pass(scalar)
    }
    if let alias = AliasSearch(text).first {
      throw PolicyError(
        "anchors and aliases (&\(alias.name), *\(alias.name)) are not part of policies: write the value out",
        at: alias.place)
    }
  }

  func node() throws(PolicyError) -> PolicyNode {
    do {
      // Without rules, so that no scalar is taken for anything but text; and the parser lives as long as its anchors.
      let parser = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8)
      return try withExtendedLifetime(parser) {
        guard let root = try parser.singleRoot() else {
          throw PolicyError(
            "the text is empty: begin with version: 1", at: .init(line: 1, column: 1))
        }
        return try PolicyNode(root, depth: 0)
      }
    } catch let error as PolicyError {
      throw error
    } catch let error as YamlError {
      throw PolicyError(error)
    } catch {
      throw PolicyError("the text cannot be read as YAML", at: .init(line: 1, column: 1))
    }
  }

  /// Whether `scalar` may not even be in a comment: controls, bidirectional ones among them, line ends of other systems,
  /// a byte order mark, and what YAML does not have.
  private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: false
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    case 0xFEFF, 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  private static func errorOfEncoding(_ bytes: [UInt8]) -> PolicyError {
    var place = PolicyNode.Place(line: 1, column: 1)
    // What cannot be decoded becomes U+FFFD, at the place where it stands.
    var offset = 0
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if scalar == "\u{FFFD}", !bytes[offset...].starts(with: [0xEF, 0xBF, 0xBD]) { break }
      offset += UTF8.width(scalar)
      place.pass(scalar)
    }
    return PolicyError("the text is not UTF-8: save it as UTF-8", at: place)
  }
}

extension PolicyNode.Place {
  /// The place after `scalar`.
  mutating func pass(_ scalar: Unicode.Scalar) {
    if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
  }
}
