internal import IntaglioFormat

/// One way through a value, from the outside to the inside, that stops where something is taken out.
struct RedactionWalk {
  /// A pointer on whose way the value in question lies.
  private struct Pointer {
    let rule: Int
    let rest: ArraySlice<String>
  }

  private let rules: [Redactor.Rule]
  private var path: [String] = []
  private(set) var removals: [Removal] = []

  init(rules: [Redactor.Rule]) { self.rules = rules }

  /// The value with its markers; nil if there are none.
  mutating func redact(_ json: JSON) -> JSON? {
    let pointers = rules.enumerated().compactMap { index, rule in
      if case .pointer(let tokens) = rule.target {
        Pointer(rule: index, rest: tokens[...])
      } else {
        nil
      }
    }
    return redact(json, pointers)
  }

  private mutating func redact(_ json: JSON, _ pointers: [Pointer]) -> JSON? {
    if isMarker(json) { return nil }
    if let rule = firstRule(replacing: json, pointers) { return remove(json, by: rule) }
    switch json {
    case .array(var elements):
      var isChanged = false
      for index in elements.indices {
        let redacted = redact(elements[index], as: String(index), pointers)
        guard let redacted else { continue }
        elements[index] = redacted
        isChanged = true
      }
      return isChanged ? .array(elements) : nil
    case .object(var members):
      var isChanged = false
      for index in members.indices {
        let redacted = redact(members[index].value, as: members[index].name, pointers)
        guard let redacted else { continue }
        members[index].value = redacted
        isChanged = true
      }
      return isChanged ? .object(members) : nil
    default: return nil
    }
  }

  /// Goes on to what `token` leads to.
  private mutating func redact(_ json: JSON, as token: String, _ pointers: [Pointer]) -> JSON? {
    // Names that only differ in how Unicode composes their letters are the same here: rather too much is taken out.
    let followed = pointers.compactMap { pointer in
      pointer.rest.first == token
        ? Pointer(rule: pointer.rule, rest: pointer.rest.dropFirst()) : nil
    }
    path.append(token)
    defer { path.removeLast() }
    return redact(json, followed)
  }

  /// The first rule that takes out the whole of `json`.
  private func firstRule(replacing json: JSON, _ pointers: [Pointer]) -> Int? {
    let pointed = pointers.first { $0.rest.isEmpty }?.rule
    let matched = rules.indices.prefix(pointed ?? rules.count).first { index in
      if case .pattern(let pattern) = rules[index].target {
        pattern.isFound(in: json)
      } else {
        false
      }
    }
    return matched ?? pointed
  }

  private mutating func remove(_ json: JSON, by rule: Int) -> JSON {
    let byteCount = json.string?.utf8.count ?? json.canonical.count
    let removal = Removal(pointer: pointerText, rule: rules[rule].id, byteCount: byteCount)
    removals.append(removal)
    return removal.marker
  }

  private var pointerText: String {
    path.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
  }

  /// Whether `json` is the marker of one of the rules: taking it out again would only spoil its count.
  private func isMarker(_ json: JSON) -> Bool {
    guard case .object(let members) = json, members.count == 1, let content = json["$redacted"],
      let rule = content["rule"]?.string,
      let byteCount = content["byteCount"]?.integer, byteCount <= UInt32.max,
      rules.contains(where: { $0.id == rule })
    else { return false }
    return json == Removal(pointer: "", rule: rule, byteCount: Int(byteCount)).marker
  }
}

extension BuiltInPattern {
  /// Whether the pattern is found in what `json` itself is, not in what it holds: in a string, a number, or the names of an
  /// object.
  fileprivate func isFound(in json: JSON) -> Bool {
    switch json {
    case .string(let text): isFound(in: text)
    // Also as it will be written, which may be another text; a short one says nothing that has to be hidden.
    case .number(let text):
      text.utf8.count >= 13
        && (isFound(in: text) || isFound(in: String(decoding: json.canonical, as: UTF8.self)))
    case .object(let members): members.contains { isFound(in: $0.name) }
    case .null, .bool, .array: false
    }
  }
}
