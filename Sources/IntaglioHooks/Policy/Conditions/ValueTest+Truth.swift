package import IntaglioFormat

extension ValueTest {
  func truth(of target: JSONPointer.Target, at pointer: JSONPointer, _ effort: inout Effort)
    -> Truth
  {
    switch target {
    case .error(let reason): return .errs(reason)
    case .nothing:
      if case .exists(let expected) = self { return Truth(!expected) }
      return .errs("\(pointer.subject) is missing")
    case .value(let value):
      let truth = truth(of: value, &effort)
      // A reason names the place and what is wrong with it, and never what stands there.
      if case .errs(let reason) = truth { return .errs("\(pointer.subject) \(reason)") }
      return truth
    }
  }

  /// Whether it holds of `value`; a reason reads on after the name of the place.
  package func truth(of value: JSON, _ effort: inout Effort) -> Truth {
    effort.spend()
    let kind = Kind(of: value)
    guard accepts(kind) else { return .errs("is \(kind.words), not \(wantedWords)") }
    if case .exists(let expected) = self { return Truth(expected) }
    if case .string(let text) = value, let fault = PlainText.fault(in: text, &effort) {
      return .errs("is text that \(fault)")
    }
    switch (self, value) {
    case (.equals(let expected), _): return expected.truth(of: value, &effort)
    case (.in(let values), _):
      // A value of another kind is another choice, and no mistake of the arguments.
      return Truth.any(values.filter { $0.kind == kind }) { $0.truth(of: value, &effort) }
    case (.compares(let comparison), .number(let text)):
      effort.spend(text.utf8.count)
      guard let number = DecimalNumber(text) else { return .errs("is a number beyond comparing") }
      return Truth(comparison.holds(of: number))
    case (.contains(.text(let part)), .string(let text)):
      return Truth(TextSearch(for: part).occurs(in: text, &effort))
    case (.contains(let element), .array(let elements)):
      return Truth.any(elements) { element.truth(of: $0, &effort).prefixed("has an element that ") }
    case (.startsWith(let beginning), .string(let text)):
      effort.spend(beginning.utf8.count)
      return Truth(text.utf8.starts(with: beginning.utf8))
    case (.glob(let glob), .string(let text)): return Truth(glob.matches(text, &effort))
    case (.length(let comparisons), _):
      let length = DecimalNumber(value.length(&effort))
      return Truth.all(comparisons) { Truth($0.holds(of: length)) }
    case (.every(let predicate), .array(let elements)):
      return Truth.all(elements) { predicate.truth(of: $0, &effort).prefixed("has an element: ") }
    case (.some(let predicate), .array(let elements)):
      return Truth.any(elements) { predicate.truth(of: $0, &effort).prefixed("has an element: ") }
    case (.url(let test), .string(let text)): return test.truth(of: text, &effort)
    case (.path(let test), .string(let text)): return test.truth(of: text, &effort)
    case (.command(let commands), _): return Self.truth(of: value, among: commands, &effort)
    default: preconditionFailure("a kind that the test does not hold of was let through")
    }
  }

  private static func truth(of value: JSON, among commands: [Command], _ effort: inout Effort)
    -> Truth
  {
    guard case .array(let elements) = value else {
      return Truth(commands.contains { $0 == .line(value.string ?? "") })
    }
    var words: [String] = []
    for element in elements {
      guard case .string(let word) = element else {
        return .errs("has an element that is \(Kind(of: element).words), not a text")
      }
      if let fault = PlainText.fault(in: word, &effort) {
        return .errs("has an element that is text that \(fault)")
      }
      words.append(word)
    }
    effort.spend(commands.count)
    return Truth(commands.contains { $0 == .words(words) })
  }

  private var wantedWords: String {
    Kind.allCases.filter(accepts).map(\.words).joined(separator: " or ")
  }
}

extension JSONPointer {
  /// What sentences call the place.
  var subject: String { tokens.isEmpty ? "the value" : text }
}

extension Truth {
  fileprivate func prefixed(_ words: String) -> Truth {
    if case .errs(let reason) = self { .errs(words + reason) } else { self }
  }
}

extension JSON {
  /// The number of scalars, elements or members.
  fileprivate func length(_ effort: inout Effort) -> Int {
    switch self {
    case .array(let elements): return elements.count
    case .object(let members): return members.count
    case .string(let text):
      effort.spend(text.utf8.count)
      return text.unicodeScalars.count
    case .null, .bool, .number: return 0
    }
  }
}
