extension ValueTest {
  static let keys = [
    "command", "contains", "equals", "every", "exists", "glob", "greater", "greater_or_equal", "in",
    "length", "less", "less_or_equal", "path", "some", "starts_with", "url",
  ]

  /// The tests of the value at `pointer`, in the order of their keys.
  static func list(_ node: PolicyNode, at pointer: JSONPointer) throws(PolicyError) -> [ValueTest] {
    guard case .map(let members) = node.value else {
      throw node.error(
        "under \(pointer.subject) stand tests, as in {equals: …} or {greater: …}, not \(node.words)"
      )
    }
    guard !members.isEmpty else {
      throw node.error("there is no test under \(pointer.subject), as {exists: true} would be")
    }
    let map = try PolicyMap(node, "the tests of \(pointer.subject)", keys: keys)
    let tests = try map.entries.map { entry throws(PolicyError) in
      try ValueTest(reading: entry.value, entry.key)
    }.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
    if let why = contradiction(among: tests) {
      throw node.error("the tests of \(pointer.subject) can never hold: \(why)")
    }
    return tests
  }

  private init(reading node: PolicyNode, _ key: String) throws(PolicyError) {
    let what = "'\(key)'"
    switch key {
    case "equals": self = .equals(try PolicyValue(node))
    case "in": self = .in(try node.list(what, orElse: "it can never hold").map(PolicyValue.init))
    case "contains": self = .contains(try PolicyValue(node))
    case "starts_with": self = .startsWith(try node.text(what))
    case "glob": self = .glob(try node.parsed(what, Glob.init))
    case "exists": self = .exists(try node.bool(what))
    case "length": self = .length(try Comparison.lengths(node, what))
    case "every": self = .every(try Predicate(reading: node, what))
    case "some": self = .some(try Predicate(reading: node, what))
    case "url": self = .url(try URLTest(reading: node, what))
    case "path": self = .path(try PathTest(reading: node, what))
    case "command":
      let commands = try node.list(what, orElse: "it can never hold")
      self = .command(try commands.map(Command.init))
    default:
      guard let relation = Comparison.Relation(rawValue: key) else {
        preconditionFailure("a key was let through that is no test")
      }
      self = .compares(Comparison(relation, try node.number(what)))
    }
  }
}

extension ValueTest.Comparison {
  /// What the length of something has to be.
  fileprivate static func lengths(
    _ node: PolicyNode, _ what: String
  ) throws(PolicyError) -> [ValueTest.Comparison] {
    let map = try PolicyMap(node, what, keys: Relation.allCases.map(\.rawValue))
    guard !map.entries.isEmpty else { throw node.error("\(what) is empty; write {less: 100}") }
    var comparisons: [ValueTest.Comparison] = []
    // In the order of their names, which is that of their keys.
    for relation in Relation.allCases {
      guard let node = map[relation.rawValue] else { continue }
      let length = try node.integer("a length", in: 0...1_000_000_000)
      comparisons.append(ValueTest.Comparison(relation, DecimalNumber(length)))
    }
    return comparisons
  }
}

extension ValueTest.Command {
  fileprivate init(_ node: PolicyNode) throws(PolicyError) {
    guard case .list(let words) = node.value else {
      self = .line(try node.text("a command is a text or a list of texts; this one"))
      return
    }
    self = .words(
      try words.map { word throws(PolicyError) in try word.text("a word of a command") })
  }
}

extension PolicyValue {
  /// Any value; maps have texts as keys.
  fileprivate init(_ node: PolicyNode) throws(PolicyError) {
    switch node.value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number: self = .number(try node.number("the value"))
    case .string(let text): self = .text(text)
    case .list(let elements):
      self = .list(try elements.map { node throws(PolicyError) in try PolicyValue(node) })
    case .map:
      var members: [String: PolicyValue] = [:]
      for entry in try PolicyMap(node, "the value").entries {
        members[entry.key] = try PolicyValue(entry.value)
      }
      self = .object(members)
    }
  }
}

extension URLTest {
  fileprivate init(reading node: PolicyNode, _ what: String) throws(PolicyError) {
    let map = try PolicyMap(node, what, keys: ["scheme", "host"])
    guard !map.entries.isEmpty else { throw node.error("\(what) has neither 'scheme' nor 'host'") }
    let schemes = try map["scheme"].map { node throws(PolicyError) in
      try node.oneOrMany("'scheme'").map { node throws(PolicyError) in
        try node.parsed("the scheme", URLTest.scheme)
      }
    }
    let hosts = try map["host"].map { node throws(PolicyError) in
      try node.oneOrMany("'host'").map { node throws(PolicyError) in
        try node.parsed("the host", HostPattern.init)
      }
    }
    self.init(schemes: schemes, hosts: hosts)
  }
}

extension PathTest {
  fileprivate init(reading node: PolicyNode, _ what: String) throws(PolicyError) {
    let map = try PolicyMap(node, what, keys: ["within"])
    let within = try map.required("within", "name a directory, as in {within: /srv/data}")
    self.init(
      within: try within.oneOrMany("'within'").map { node throws(PolicyError) in
        try node.parsed("the directory", PathTest.directory)
      })
  }
}
