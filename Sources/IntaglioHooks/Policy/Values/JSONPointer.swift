internal import IntaglioFormat

/// A place in a JSON value (RFC 6901), read strictly.
package struct JSONPointer: Hashable, Sendable {
  /// As it was written: each place has one spelling.
  package let text: String
  /// The names and indices on the way, unescaped.
  package let tokens: [String]

  /// The place that `text` names: empty for the value itself, or `/` before each name, in which `~0` is `~` and `~1` is `/`.
  package init(_ text: String) throws(PatternError) {
    self.text = text
    guard !text.isEmpty else {
      tokens = []
      return
    }
    guard text.utf8.first == UInt8(ascii: "/") else {
      throw PatternError("a JSON pointer is empty or begins with /")
    }
    var tokens: [String] = []
    var token = ""
    var rest = text.unicodeScalars.dropFirst()
    while let scalar = rest.popFirst() {
      switch scalar {
      case "/":
        tokens.append(token)
        token = ""
      case "~":
        switch rest.popFirst() {
        case "0": token.unicodeScalars.append("~")
        case "1": token.unicodeScalars.append("/")
        default: throw PatternError("in a JSON pointer ~ is written ~0, and / in a name ~1")
        }
      default: token.unicodeScalars.append(scalar)
      }
    }
    self.tokens = tokens + [token]
  }

  /// What a pointer leads to.
  enum Target {
    case value(JSON)
    /// There is no such member or element.
    case nothing
    /// The way goes through what is neither object nor list, or an index is none.
    case error(String)
  }

  func target(in value: JSON, _ effort: inout Effort) -> Target {
    var value = value
    for token in tokens {
      switch value {
      case .object(let members):
        effort.spend(members.count + 1)
        guard let member = members.first(where: { $0.name.isSame(as: token) }) else {
          return .nothing
        }
        value = member.value
      case .array(let elements):
        effort.spend(token.utf8.count)
        guard let index = Self.index(token) else {
          return .error("\(text) goes through a list without an index")
        }
        guard index < elements.count else { return .nothing }
        value = elements[index]
      case .null, .bool, .number, .string:
        return .error("\(text) goes through \(Kind(of: value).words), which has no members")
      }
    }
    return .value(value)
  }

  /// The index that `token` writes in decimal without leading zeros, which never is `-`, or nil.
  ///
  /// An index too large for a machine word is beyond every list.
  private static func index(_ token: String) -> Int? {
    guard !token.isEmpty, token.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      token.utf8.count == 1 || token.utf8.first != UInt8(ascii: "0")
    else { return nil }
    return Int(token) ?? .max
  }
}

/// Why a pattern, a pointer or another small language inside a policy cannot be read.
package struct PatternError: Error, Hashable {
  package let what: String

  init(_ what: String) { self.what = what }
}
