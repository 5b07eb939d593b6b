/// A pattern for a whole text: `*` is any text, `?` any one scalar, and a backslash takes the next one as it is.
///
/// Matching is linear: each scalar of the text costs one step for every 64 of the pattern, whatever is in them. The parts
/// between stars are found one after the other, each as early as it occurs, by the shift-and method (Baeza-Yates,
/// Gonnet 1992) over as many words as it takes.
package struct Glob: Sendable {
  package let text: String
  private let parts: [Part]
  /// The one text that it matches; nil if there are more.
  private let literal: String?

  package init(_ text: String) throws(PatternError) {
    guard !text.isEmpty else {
      throw PatternError("an empty pattern matches only the empty text; write * for any text")
    }
    guard text.utf8.count <= Policy.Bounds.globByteCount else {
      throw PatternError("a pattern has more than \(Policy.Bounds.globByteCount) bytes")
    }
    self.text = text
    var parts = [Part()]
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "*": parts.append(Part())
      case "?": parts[parts.count - 1].append(nil)
      case "\\":
        guard let literal = rest.popFirst() else {
          throw PatternError("a pattern ends with a backslash; write two for one")
        }
        parts[parts.count - 1].append(literal)
      default: parts[parts.count - 1].append(scalar)
      }
    }
    self.parts = parts
    literal = parts.count == 1 ? parts[0].literal : nil
  }

  /// Whether it matches every text.
  package var matchesAll: Bool { parts.count > 1 && parts.allSatisfy { $0.scalars.isEmpty } }

  package func matches(_ text: String, _ effort: inout Effort) -> Bool {
    if let literal {
      effort.spend(text.utf8.count)
      return text.isSame(as: literal)
    }
    var rest = Array(text.unicodeScalars)[...]
    effort.spend(rest.count)
    guard parts.count > 1 else {
      return rest.count == parts[0].scalars.count && parts[0].matches(prefixOf: rest)
    }
    let (first, last) = (parts[0], parts[parts.count - 1])
    guard rest.count >= first.scalars.count + last.scalars.count,
      first.matches(prefixOf: rest), last.matches(prefixOf: rest.suffix(last.scalars.count))
    else { return false }
    rest = rest.dropFirst(first.scalars.count).dropLast(last.scalars.count)
    for part in parts[1..<(parts.count - 1)] {
      guard let end = part.endOfFirstMatch(in: rest, &effort) else { return false }
      rest = rest[end...]
    }
    return true
  }

  package func matches(_ text: String) -> Bool {
    var effort = Effort()
    return matches(text, &effort)
  }
}

extension Glob: Hashable {
  package static func == (left: Glob, right: Glob) -> Bool { left.text == right.text }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// What stands between two stars.
private struct Part: Sendable {
  /// Nil for any one scalar.
  private(set) var scalars: [Unicode.Scalar?] = []
  /// Bit i is set where scalar i of the part is that scalar, or any.
  private var masks: [Unicode.Scalar: [UInt64]] = [:]
  private var anyMask: [UInt64] = []

  /// The text that it is; nil if some of it may be any.
  var literal: String? {
    var text = ""
    for scalar in scalars {
      guard let scalar else { return nil }
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  mutating func append(_ scalar: Unicode.Scalar?) {
    let (word, bit) = (scalars.count / 64, UInt64(1) << UInt64(scalars.count % 64))
    if word == anyMask.count {
      anyMask.append(0)
      for key in masks.keys { masks[key]!.append(0) }
    }
    if let scalar {
      masks[scalar, default: anyMask][word] |= bit
    } else {
      anyMask[word] |= bit
      for key in masks.keys { masks[key]![word] |= bit }
    }
    scalars.append(scalar)
  }

  func matches(prefixOf text: ArraySlice<Unicode.Scalar>) -> Bool {
    zip(scalars, text).allSatisfy { $0 == nil || $0 == $1 }
  }

  /// Where the earliest occurrence in `text` ends.
  func endOfFirstMatch(in text: ArraySlice<Unicode.Scalar>, _ effort: inout Effort) -> Int? {
    guard !scalars.isEmpty else { return text.startIndex }
    let lastWord = anyMask.count - 1
    let lastBit = UInt64(1) << UInt64((scalars.count - 1) % 64)
    // Bit i is set if the first i + 1 scalars of the part are those before here.
    var states = [UInt64](repeating: 0, count: anyMask.count)
    for (index, scalar) in zip(text.indices, text) {
      effort.spend(states.count)
      let mask = masks[scalar] ?? anyMask
      var carry: UInt64 = 1
      for word in states.indices {
        let shifted = states[word] << 1 | carry
        carry = states[word] >> 63
        states[word] = shifted & mask[word]
      }
      if states[lastWord] & lastBit != 0 { return index + 1 }
    }
    return nil
  }
}
