internal import IntaglioFormat

/// The members of a JSON object that a caller wrote, taken one by one; what nobody takes is an error.
struct Members {
  private var rest: [JSON.Member]
  /// What the object is, for messages; safe to print.
  let what: String

  init(_ members: [JSON.Member], of what: String) {
    rest = members
    self.what = what
  }

  init(parsing bytes: [UInt8], of what: String) throws(Failure) {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch {
      throw .invalid("the \(what) cannot be read as JSON: \(escaped(error.description))")
    }
    try self.init(json, of: what)
  }

  init(_ json: JSON, of what: String) throws(Failure) {
    guard case .object(let members) = json else { throw .invalid("the \(what) is no object") }
    self.init(members, of: what)
  }

  /// The same members, as those of something else in messages.
  func renamed(_ what: String) -> Members { Members(rest, of: what) }

  /// The value of the member `name`; nil if it is not there, or null.
  mutating func value(_ name: String) -> JSON? {
    guard let index = rest.firstIndex(where: { $0.name == name }) else { return nil }
    let value = rest.remove(at: index).value
    return value == .null ? nil : value
  }

  /// Whether the member is there and null, which some take for a value of its own.
  func isNull(_ name: String) -> Bool {
    rest.contains { $0.name == name && $0.value == .null }
  }

  /// Refuses what was not taken: a misspelled member would be one that is not heeded.
  func finish() throws(Failure) {
    guard let member = rest.first else { return }
    throw .invalid("the \(what) has an unknown member \(escaped(member.name))")
  }

  func missing(_ name: String) -> Failure { .invalid("the \(what) has no member \(name)") }

  func wrong(_ name: String, _ wanted: String) -> Failure {
    .invalid("the member \(name) of the \(what) is not \(wanted)")
  }
}

// Optional members.
extension Members {
  mutating func optionalText(_ name: String) throws(Failure) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.string else { throw wrong(name, "a text") }
    return text
  }

  mutating func optionalInteger(_ name: String) throws(Failure) -> UInt64? {
    guard let value = value(name) else { return nil }
    guard let integer = value.integer else {
      throw wrong(name, "an integer from 0 to \(JSON.exactIntegerLimit)")
    }
    return integer
  }

  mutating func optionalCount(_ name: String) throws(Failure) -> Int? {
    try optionalInteger(name).map { Int($0) }
  }

  mutating func optionalFlag(_ name: String) throws(Failure) -> Bool? {
    guard let value = value(name) else { return nil }
    guard case .bool(let flag) = value else { throw wrong(name, "true or false") }
    return flag
  }

  mutating func flag(_ name: String, default value: Bool) throws(Failure) -> Bool {
    try optionalFlag(name) ?? value
  }

  mutating func optionalArray(_ name: String) throws(Failure) -> [JSON]? {
    guard let value = value(name) else { return nil }
    guard let array = value.array else { throw wrong(name, "a list") }
    return array
  }

  mutating func optionalTexts(_ name: String) throws(Failure) -> [String]? {
    guard let array = try optionalArray(name) else { return nil }
    var texts: [String] = []
    for value in array {
      guard let text = value.string else { throw wrong(name, "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  mutating func optionalMembers(_ name: String) throws(Failure) -> Members? {
    guard let value = value(name) else { return nil }
    return try Members(value, of: "\(name) of the \(what)")
  }

  /// A number that is not negative, of seconds.
  mutating func optionalDuration(_ name: String) throws(Failure) -> Duration? {
    guard let value = value(name) else { return nil }
    guard case .number(let text) = value, let seconds = Double(text), seconds >= 0, seconds < 1e10
    else { throw wrong(name, "a number of seconds from 0 to 10000000000") }
    return .seconds(seconds)
  }
}

// Members that have to be there.
extension Members {
  mutating func text(_ name: String) throws(Failure) -> String {
    guard let text = try optionalText(name) else { throw missing(name) }
    return text
  }

  mutating func integer(_ name: String) throws(Failure) -> UInt64 {
    guard let integer = try optionalInteger(name) else { throw missing(name) }
    return integer
  }

  mutating func count(_ name: String) throws(Failure) -> Int { Int(try integer(name)) }

  mutating func flag(_ name: String) throws(Failure) -> Bool {
    guard let flag = try optionalFlag(name) else { throw missing(name) }
    return flag
  }

  mutating func texts(_ name: String) throws(Failure) -> [String] {
    guard let texts = try optionalTexts(name) else { throw missing(name) }
    return texts
  }

  /// A list of objects.
  mutating func objects(_ name: String) throws(Failure) -> [Members] {
    guard let array = try optionalArray(name) else { throw missing(name) }
    var objects: [Members] = []
    for (index, value) in array.enumerated() {
      objects.append(try Members(value, of: "\(name)[\(index)] of the \(what)"))
    }
    return objects
  }

  /// One of the names of `Choice`.
  mutating func choice<Choice: RawRepresentable<String>>(
    _ name: String, _ type: Choice.Type = Choice.self
  ) throws(Failure) -> Choice {
    let text = try text(name)
    guard let choice = Choice(rawValue: text) else {
      throw .invalid("the member \(name) of the \(what) cannot be \(escaped(text))")
    }
    return choice
  }
}
