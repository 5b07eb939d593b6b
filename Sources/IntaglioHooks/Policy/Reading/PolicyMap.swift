/// A map of a policy's text whose keys are texts, none of them twice.
package struct PolicyMap {
  struct Entry {
    let key: String
    let keyNode: PolicyNode
    let value: PolicyNode
  }

  /// What sentences call it.
  let what: String
  let node: PolicyNode
  /// In the order of the text.
  let entries: [Entry]
  private let values: [String: PolicyNode]

  /// Any keys.
  init(_ node: PolicyNode, _ what: String) throws(PolicyError) {
    guard case .map(let members) = node.value else {
      throw node.error("\(what) is a map, not \(node.words)")
    }
    var values: [String: PolicyNode] = [:]
    var entries: [Entry] = []
    for member in members {
      let key = try member.key.text("a key")
      guard values.updateValue(member.value, forKey: key) == nil else {
        throw member.key.error("the key \(Spelling.quoted(key)) is repeated")
      }
      entries.append(Entry(key: key, keyNode: member.key, value: member.value))
    }
    self.what = what
    self.node = node
    self.entries = entries
    self.values = values
  }

  /// Only the keys in `known`.
  package init(_ node: PolicyNode, _ what: String, keys known: [String]) throws(PolicyError) {
    try self.init(node, what)
    try checkKeys(known)
  }

  func checkKeys(_ known: [String]) throws(PolicyError) {
    for entry in entries where !known.contains(entry.key) {
      throw entry.keyNode.error(
        "\(what) has no key \(Spelling.quoted(entry.key)); \(Spelling.hint(entry.key, among: known))"
      )
    }
  }

  package subscript(_ key: String) -> PolicyNode? { values[key] }

  /// The value of a key that has to be there; if it is not, `advice` says what to write.
  package func required(_ key: String, _ advice: String) throws(PolicyError) -> PolicyNode {
    guard let value = values[key] else { throw node.error("\(what) has no '\(key)': \(advice)") }
    return value
  }

  package func text(_ key: String) throws(PolicyError) -> String? {
    guard let value = values[key] else { return nil }
    return try value.text("'\(key)'")
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of type: Choice.Type = Choice.self
  ) throws(PolicyError) -> Choice? where Choice.RawValue == String {
    guard let value = values[key] else { return nil }
    return try value.choice("'\(key)'", of: type)
  }

  func tools() throws(PolicyError) -> [ToolPattern]? {
    guard let value = values["tool"] else { return nil }
    return try value.oneOrMany("'tool'").map { node throws(PolicyError) in
      try node.parsed("the tool", ToolPattern.init)
    }
  }

  /// The name in `id`, which has to be another than those in `taken`.
  func identifier(notIn taken: inout Set<String>) throws(PolicyError) -> String {
    let node = try required("id", "write one, which records will name it by")
    let id = try node.text("'id'")
    guard Spelling.isName(id) else {
      throw node.error("'id' has 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    }
    guard taken.insert(id).inserted else {
      throw node.error("the id '\(id)' is repeated; rules, limits and redactions have one each")
    }
    return id
  }
}
