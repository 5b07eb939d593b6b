internal import IntaglioHooks
internal import Yams

extension PolicyNode {
  /// The value of a YAML node, with what policies do not use refused.
  init(_ node: Node, depth: Int) throws(PolicyError) {
    let place = Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    guard depth <= Policy.Bounds.depth else {
      throw PolicyError("nesting deeper than \(Policy.Bounds.depth)", at: place)
    }
    if let anchor = node.anchor {
      throw PolicyError(
        "anchors (&\(anchor.rawValue)) are not part of policies: take it out", at: place)
    }
    switch node {
    case .scalar(let scalar):
      try Self.checkTag(scalar.tag, orTaken: scalar.style != .plain ? .str : nil, at: place)
      self.init(
        scalar.style == .plain
          ? try PlainScalar.value(scalar.string, at: place) : .string(scalar.string),
        at: place)
    case .sequence(let sequence):
      try Self.checkTag(sequence.tag, at: place)
      var elements: [PolicyNode] = []
      for element in sequence { elements.append(try PolicyNode(element, depth: depth + 1)) }
      self.init(.list(elements), at: place)
    case .mapping(let mapping):
      try Self.checkTag(mapping.tag, at: place)
      var members: [(key: PolicyNode, value: PolicyNode)] = []
      for (key, value) in mapping {
        let key = try PolicyNode(key: key, depth: depth + 1)
        if case .string("<<") = key.value {
          throw PolicyError(
            "merge keys (<<) are not part of policies: write the members out", at: key.place)
        }
        members.append((key, try PolicyNode(value, depth: depth + 1)))
      }
      self.init(.map(members), at: place)
    case .alias:
      throw PolicyError("aliases are not part of policies: write the value out", at: place)
    }
  }

  /// A key, which only a scalar can be.
  private init(key node: Node, depth: Int) throws(PolicyError) {
    guard case .scalar(var scalar) = node else {
      throw PolicyError(
        "a key is a text, not a list or a map",
        at: Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1))
    }
    // The reader tags a plain key as a text once it compared it with others.
    if scalar.tag.rawValue == Tag.Name.str.rawValue { scalar.tag = .implicit }
    try self.init(.scalar(scalar), depth: depth)
  }

  /// A tag that stands in the text; the reader itself gives `taken` to quoted scalars.
  private static func checkTag(
    _ tag: Tag, orTaken taken: Tag.Name? = nil, at place: Place
  ) throws(PolicyError) {
    let name = tag.rawValue
    guard name.isEmpty || name == taken?.rawValue else {
      throw PolicyError(
        "tags (\(name)) are not part of policies: a text is written in quotes", at: place)
    }
  }
}

extension PolicyError {
  /// What a YAML reader says, on one line and in the words of policies.
  init(_ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      self.init("this is not YAML: \(problem)", at: .init(mark))
    case .composer(_, let problem, let mark, _) where problem.contains("alias"):
      self.init("a text that begins with * stands in quotes", at: .init(mark))
    case .composer(_, _, let mark, _):
      self.init("a policy is one document: a second one begins here", at: .init(mark))
    case .duplicatedKeysInMapping(let keys, let context):
      self.init("the key '\(keys.first ?? "")' is repeated", at: .init(context.mark))
    default:
      self.init("the text cannot be read as YAML", at: .init(line: 1, column: 1))
    }
  }
}

extension PolicyNode.Place {
  fileprivate init(_ mark: Mark) { self.init(line: max(1, mark.line), column: max(1, mark.column)) }
}
