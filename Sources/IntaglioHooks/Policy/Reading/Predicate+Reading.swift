extension Predicate {
  init(reading node: PolicyNode, _ what: String) throws(PolicyError) {
    let map = try PolicyMap(node, what)
    guard !map.entries.isEmpty else {
      throw node.error(
        "\(what) is empty and says nothing: leave it out, or test a place such as /amount")
    }
    self.init(
      try map.entries.map { entry throws(PolicyError) in try Member(reading: entry, what) })
    if let (pointer, why) = contradiction {
      throw node.error("\(what) can never hold: of \(pointer.subject), \(why)")
    }
  }
}

extension Predicate.Member {
  fileprivate init(reading entry: PolicyMap.Entry, _ what: String) throws(PolicyError) {
    switch entry.key {
    case "all": self = .all(try Self.predicates(entry, orElse: "it says nothing: leave it out"))
    case "any": self = .any(try Self.predicates(entry, orElse: "it can never hold"))
    case "not": self = .not(try Predicate(reading: entry.value, "'not'"))
    case let key where key.isEmpty || key.hasPrefix("/"):
      let pointer = try entry.keyNode.parsed("the place", JSONPointer.init)
      self = .value(pointer, try ValueTest.list(entry.value, at: pointer))
    default:
      let hint =
        ValueTest.keys.contains(entry.key)
        ? "tests stand under a place, as in {/amount: {\(entry.key): …}}"
        : "a place begins with /, as in /\(entry.key), and besides there are all, any and not"
      throw entry.keyNode.error("\(what) has no key \(Spelling.quoted(entry.key)); \(hint)")
    }
  }

  private static func predicates(
    _ entry: PolicyMap.Entry, orElse otherwise: String
  ) throws(PolicyError) -> [Predicate] {
    try entry.value.list("'\(entry.key)'", orElse: otherwise).map { node throws(PolicyError) in
      try Predicate(reading: node, "an element of '\(entry.key)'")
    }
  }
}
