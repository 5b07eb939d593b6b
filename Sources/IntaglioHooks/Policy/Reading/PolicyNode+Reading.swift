// What a node has to be, and what is said if it is something else. `what` names the value in sentences.

extension PolicyNode {
  package func error(_ what: String) -> PolicyError { PolicyError(what, at: place) }

  package func text(_ what: String) throws(PolicyError) -> String {
    guard case .string(let text) = value else {
      throw error("\(what) is a text, not \(words)\(quotesHint)")
    }
    return text
  }

  package func bool(_ what: String) throws(PolicyError) -> Bool {
    guard case .bool(let bool) = value else {
      throw error("\(what) is true or false, not \(words)")
    }
    return bool
  }

  func number(_ what: String) throws(PolicyError) -> DecimalNumber {
    guard case .number(let text) = value, let number = DecimalNumber(text) else {
      throw error("\(what) is a number, not \(words)")
    }
    return number
  }

  /// A whole number in `range`.
  func integer(_ what: String, in range: ClosedRange<Int>) throws(PolicyError) -> Int {
    guard let integer = Int(try number(what).description), range.contains(integer) else {
      throw error("\(what) is a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  package func list(_ what: String) throws(PolicyError) -> [PolicyNode] {
    guard case .list(let elements) = value else {
      throw error("\(what) is a list, not \(words)")
    }
    return elements
  }

  /// A list with at least one element; of an empty one, `otherwise` says what it would mean.
  package func list(_ what: String, orElse otherwise: String) throws(PolicyError) -> [PolicyNode] {
    let elements = try list(what)
    guard !elements.isEmpty else { throw error("\(what) is empty, so \(otherwise)") }
    return elements
  }

  /// The elements of a list that is not empty, or the value itself.
  func oneOrMany(_ what: String) throws(PolicyError) -> [PolicyNode] {
    guard case .list = value else { return [self] }
    return try list(what, orElse: "nothing matches it: leave it out, or name something")
  }

  /// One of the words that `Choice` has.
  package func choice<Choice: RawRepresentable & CaseIterable>(
    _ what: String, of type: Choice.Type = Choice.self
  ) throws(PolicyError) -> Choice where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    let word = try text(what)
    guard let choice = Choice(rawValue: word) else {
      throw error("\(what) is \(words.joined(separator: ", ")), not \(Spelling.quoted(word))")
    }
    return choice
  }

  /// Reads a text in a small language of its own, such as a pointer or a pattern.
  func parsed<Result>(
    _ what: String, _ parse: (String) throws(PatternError) -> Result
  ) throws(PolicyError) -> Result {
    let text = try text(what)
    do { return try parse(text) } catch {
      throw self.error("\(what) \(Spelling.quoted(text)) cannot be read: \(error.what)")
    }
  }

  /// What the value is, with an article.
  var words: String {
    switch value {
    case .null: "null"
    case .bool: "a truth value"
    case .number: "a number"
    case .string: "a text"
    case .list: "a list"
    case .map: "a map"
    }
  }

  private var quotesHint: String {
    switch value {
    case .null, .bool, .number: "; in quotes it is one"
    case .string, .list, .map: ""
    }
  }
}

extension PolicyNode {
  /// Checks what holds for every value of a policy: nesting, texts that look like what they are, and numbers that all
  /// programs read alike.
  func checkEverywhere(depth: Int = 0) throws(PolicyError) {
    guard depth <= Policy.Bounds.depth else {
      throw error("nesting deeper than \(Policy.Bounds.depth)")
    }
    switch value {
    case .null, .bool: break
    case .number(let text):
      guard let number = DecimalNumber(text), number.isInterchangeable else {
        throw error("the number has more digits than programs agree on: write 15 digits at most")
      }
    case .string(let text):
      if let fault = PlainText.fault(in: text) {
        throw error("the text \(fault): what a policy says has to be seen")
      }
    case .list(let elements):
      for element in elements { try element.checkEverywhere(depth: depth + 1) }
    case .map(let members):
      for member in members {
        try member.key.checkEverywhere(depth: depth + 1)
        try member.value.checkEverywhere(depth: depth + 1)
      }
    }
  }
}
