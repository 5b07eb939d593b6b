import Foundation
import IntaglioFormat

@testable import IntaglioHooks

/// The policy language once more, written from its description over the policy's JSON text.
///
/// By other means than the engine's: everything is evaluated, nothing is prepared, nothing is shared. Nil stands for erring.
struct ReferenceEvaluator {
  struct Decision: Equatable {
    var effect = ""
    var applied: [String] = []
    var erring: Set<String> = []
    var isDefault = false
    var aborts = false
    var checkpoint = false
    var effectClass = "unknown"
    var reads = false
    var messages: [String] = []
    /// Approvers, quorum, seconds and mode, if a review is asked for.
    var review: [String] = []
  }

  let policy: JSON

  func decide(tool: String, agent: String, tainted: Bool, text: String) -> Decision {
    let arguments = text.isEmpty ? .object([]) : try? JSON.parse(Array(text.utf8))
    var decision = Decision()
    var enforced: [(JSON, Bool?)] = []
    for rule in policy["rules"]?.array ?? [] {
      let outcome = when(rule["when"] ?? .object([]), tool, agent, tainted, arguments)
      let applies = outcome == true || outcome == nil && rule["effect"]?.string != "allow"
      guard applies else { continue }
      decision.applied.append(rule["id"]!.string!)
      if outcome == nil { decision.erring.insert(rule["id"]!.string!) }
      if rule["observe"] != .bool(true) { enforced.append((rule, outcome)) }
    }
    let effects = enforced.compactMap { $0.0["effect"]?.string }
    decision.effect =
      ["deny", "review", "allow"].first(where: effects.contains) ?? policy["default"]!.string!
    decision.isDefault = effects.isEmpty
    decision.aborts = enforced.contains { $0.0["on_deny"]?.string == "abort" }
    decision.checkpoint = enforced.contains { $0.0["checkpoint"] != nil }
    decision.reads = enforced.contains { $0.0["reads"] != nil }
    let classes = enforced.compactMap { rule, outcome -> String? in
      let name = rule["effect_class"]?.string
      return name == "none" && outcome == nil ? nil : name
    }
    decision.effectClass =
      ["irreversible", "unknown", "none"].first(where: classes.contains) ?? "unknown"
    decision.messages = enforced.filter { $0.0["effect"]?.string == decision.effect }
      .compactMap { $0.0["message"]?.string }
    var isPossible = true
    if decision.effect == "review" {
      let terms = enforced.filter { $0.0["effect"]?.string == "review" }.map {
        $0.0["review"] ?? .object([])
      }
      let named = terms.compactMap { $0["approvers"]?.array }.map { Set($0.map { $0.string! }) }
      let left = named.dropFirst().reduce(named.first ?? []) { $0.intersection($1) }
      let quorum = terms.compactMap { $0["quorum"]?.integer }.max() ?? 1
      let seconds = terms.compactMap { $0["expires"]?.string }.map {
        ["90s": 90, "1m": 60, "2h": 7200][$0]!
      }.min()
      let pauses = terms.contains { $0["mode"]?.string == "pause" }
      isPossible = named.isEmpty || left.count >= quorum
      decision.review = left.sorted() + ["\(quorum)", "\(seconds ?? 0)", pauses ? "pause" : "wait"]
    }
    if arguments == nil || !isPossible {
      decision.review = []
      if decision.effect != "deny" { decision.messages = [] }
      decision.effect = "deny"
      decision.isDefault = false
    }
    return decision
  }

  private func when(
    _ when: JSON, _ tool: String, _ agent: String, _ tainted: Bool, _ arguments: JSON?
  ) -> Bool? {
    var parts: [Bool?] = []
    if let patterns = when["tool"] {
      parts.append(or(many(patterns).map { toolMatches($0.string!, tool) }))
    }
    if let globs = when["agent"] {
      parts.append(or(many(globs).map { clean(agent) ? wild($0.string!, agent) : nil }))
    }
    if let wanted = when["tainted"] { parts.append(wanted == .bool(tainted)) }
    if let predicate = when["arguments"] {
      parts.append(arguments.flatMap { holds(predicate, $0) })
    }
    return and(parts)
  }

  private func toolMatches(_ pattern: String, _ tool: String) -> Bool? {
    if pattern == "*:*" { return true }
    let full = pattern.contains(":") ? pattern : "function:" + pattern
    let (family, glob) = (
      full.components(separatedBy: ":")[0], full.components(separatedBy: ":")[1]
    )
    guard tool.hasPrefix(family + ":") else { return false }
    let name = String(tool.dropFirst(family.count + 1))
    guard clean(name) else { return nil }
    guard family == "mcp" else { return wild(glob, name) }
    let (globs, names) = (glob.components(separatedBy: "/"), name.components(separatedBy: "/"))
    return wild(globs[0], names[0]) && wild(globs[1], names[1])
  }

  private func holds(_ predicate: JSON, _ value: JSON) -> Bool? {
    guard case .object(let members) = predicate else { fatalError("a predicate is a map") }
    return and(
      members.map { member in
        switch member.name {
        case "all": return and(member.value.array!.map { holds($0, value) })
        case "any": return or(member.value.array!.map { holds($0, value) })
        case "not": return holds(member.value, value).map { !$0 }
        default:
          guard case .object(let tests) = member.value else { fatalError("tests are a map") }
          return and(tests.map { test($0.name, $0.value, find(member.name, value)) })
        }
      })
  }

  private enum Found { case value(JSON), missing, wrong }

  private func find(_ pointer: String, _ value: JSON) -> Found {
    var here = value
    for step in pointer.components(separatedBy: "/").dropFirst() {
      let name = step.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(
        of: "~0", with: "~")
      if case .object(let members) = here {
        guard let next = members.last(where: { Array($0.name.utf8) == Array(name.utf8) }) else {
          return .missing
        }
        here = next.value
      } else if case .array(let elements) = here {
        guard let index = Int(name), "\(index)" == name, index >= 0 else { return .wrong }
        if index >= elements.count { return .missing }
        here = elements[index]
      } else {
        return .wrong
      }
    }
    return .value(here)
  }

  private func test(_ name: String, _ wanted: JSON, _ found: Found) -> Bool? {
    if name == "exists" {
      switch found {
      case .value: return wanted == .bool(true)
      case .missing: return wanted == .bool(false)
      case .wrong: return nil
      }
    }
    guard case .value(let value) = found else { return nil }
    if let text = value.string, !clean(text) { return nil }
    switch name {
    case "equals": return same(wanted, value)
    case "in":
      let alike = wanted.array!.filter { kind($0) == kind(value) }
      return alike.isEmpty ? nil : or(alike.map { same($0, value) })
    case "less", "less_or_equal", "greater", "greater_or_equal":
      return compare(name, value, wanted)
    case "contains":
      if let elements = value.array { return or(elements.map { same(wanted, $0) }) }
      guard let text = value.string, let part = wanted.string else { return nil }
      return part.isEmpty || text.range(of: part, options: .literal) != nil
    case "starts_with":
      return value.string.map { $0.unicodeScalars.starts(with: wanted.string!.unicodeScalars) }
    case "glob": return value.string.map { wild(wanted.string!, $0) }
    case "length":
      let count: Int
      switch value {
      case .string(let text): count = Array(text.unicodeScalars).count
      case .array(let elements): count = elements.count
      case .object(let members): count = members.count
      default: return nil
      }
      guard case .object(let bounds) = wanted else { fatalError("a length is a map") }
      return and(bounds.map { compare($0.name, .number("\(count)"), $0.value) })
    case "every": return value.array.flatMap { and($0.map { holds(wanted, $0) }) }
    case "some": return value.array.flatMap { or($0.map { holds(wanted, $0) }) }
    case "url": return value.string.flatMap { url(wanted, $0) }
    case "path":
      return value.string.flatMap { path(many(wanted["within"]!).map { $0.string! }, $0) }
    case "command":
      if let text = value.string { return wanted.array!.contains(.string(text)) }
      guard let words = value.array, words.allSatisfy({ $0.string.map(clean) == true }) else {
        return nil
      }
      return wanted.array!.contains(.array(words))
    default: fatalError("an unknown test")
    }
  }

  private func compare(_ name: String, _ value: JSON, _ bound: JSON) -> Bool? {
    guard case .number(let text) = value, case .number(let limit) = bound,
      let number = decimal(text)
    else { return nil }
    let other = decimal(limit)!
    switch name {
    case "equals": return number == other
    case "less": return number < other
    case "less_or_equal": return number <= other
    case "greater": return number > other
    default: return number >= other
    }
  }

  private func same(_ wanted: JSON, _ value: JSON) -> Bool? {
    switch (wanted, value) {
    case (.null, .null): return true
    case (.bool(let one), .bool(let other)): return one == other
    case (.number, .number): return compare("equals", value, wanted)
    case (.string(let one), .string(let other)):
      return clean(other) ? Array(one.utf8) == Array(other.utf8) : nil
    case (.array(let one), .array(let other)):
      return one.count != other.count ? false : and(zip(one, other).map { same($0, $1) })
    case (.object(let one), .object(let other)):
      guard other.allSatisfy({ clean($0.name) }) else { return nil }
      let names = { (members: [JSON.Member]) in
        members.map { Array($0.name.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
      }
      guard names(one) == names(other) else { return false }
      return and(one.map { member in same(member.value, value[member.name]!) })
    default: return nil
    }
  }

  private func url(_ wanted: JSON, _ text: String) -> Bool? {
    // RFC 3986, appendix B, with what is refused left out of the classes.
    let pattern =
      #"^([A-Za-z][A-Za-z0-9+.-]*)://([A-Za-z0-9._-]+)(:[0-9]{1,5})?([/?#][^\\ \x00-\x20\x7f]*)?$"#
    guard let range = text.range(of: pattern, options: .regularExpression),
      range == text.startIndex..<text.endIndex
    else { return nil }
    let pieces = text.components(separatedBy: "://")
    let authority = pieces[1].prefix { !"/?#".contains($0) }
    let host = authority.prefix { $0 != ":" }.lowercased()
    if let port = authority.split(separator: ":").dropFirst().first, Int(port)! > 65535 {
      return nil
    }
    let labels = host.components(separatedBy: ".")
    if host.utf8.count > 253 || labels.contains(where: { $0.isEmpty || $0.utf8.count > 63 }) {
      return nil
    }
    if labels.last!.range(of: "^([0-9]+|0x[0-9a-f]*)$", options: .regularExpression) != nil {
      let octets = labels.compactMap { Int($0) }.filter { $0 < 256 }
      if labels.count != 4 || octets.map(String.init) != labels { return nil }
    }
    let schemeFits = wanted["scheme"].map {
      many($0).contains { $0.string!.lowercased() == pieces[0].lowercased() }
    }
    let hostFits = wanted["host"].map {
      many($0).contains { pattern in
        let pattern = pattern.string!.lowercased()
        return pattern.hasPrefix("*.")
          ? host.hasSuffix("." + pattern.dropFirst(2)) : host == pattern
      }
    }
    return schemeFits ?? true && hostFits ?? true
  }

  private func path(_ directories: [String], _ text: String) -> Bool? {
    guard text.hasPrefix("/"), !text.contains("\\"), !text.unicodeScalars.contains("\0") else {
      return nil
    }
    let clear = { (path: String) in
      path.components(separatedBy: "/").filter { $0 != "" && $0 != "." }
    }
    if clear(text).contains("..") { return nil }
    return directories.contains {
      ("/" + clear(text).map { $0 + "/" }.joined()).hasPrefix(
        "/" + clear($0).map { $0 + "/" }.joined())
    }
  }

  private func clean(_ text: String) -> Bool {
    Array(text.precomposedStringWithCanonicalMapping.unicodeScalars) == Array(text.unicodeScalars)
      && text.unicodeScalars.allSatisfy { scalar in
        "\n\t\r".unicodeScalars.contains(scalar)
          || scalar.properties.generalCategory != .control
            && !scalar.properties.isDefaultIgnorableCodePoint
      }
  }

  /// By a table of which beginnings match which.
  private func wild(_ pattern: String, _ text: String) -> Bool {
    var symbols: [Unicode.Scalar?] = []
    var isStar: [Bool] = []
    var scalars = Array(pattern.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      isStar.append(scalar == "*")
      symbols.append(
        scalar == "\\" ? scalars.popFirst() : scalar == "?" || scalar == "*" ? nil : scalar)
    }
    let letters = Array(text.unicodeScalars)
    var table = Array(
      repeating: Array(repeating: false, count: letters.count + 1), count: symbols.count + 1)
    table[0][0] = true
    for row in symbols.indices {
      for column in 0...letters.count {
        if isStar[row] {
          table[row + 1][column] = table[row][column] || column > 0 && table[row + 1][column - 1]
        } else if column > 0 {
          table[row + 1][column] =
            table[row][column - 1] && (symbols[row] == nil || symbols[row] == letters[column - 1])
        }
      }
    }
    return table[symbols.count][letters.count]
  }

  /// The random numbers fit Foundation's 38 digits, but for those that no program could compare.
  private func decimal(_ text: String) -> Decimal? {
    guard let exponent = text.lowercased().components(separatedBy: "e").dropFirst().first else {
      return Decimal(string: text)
    }
    return abs(Int(exponent) ?? .max) > 100 ? nil : Decimal(string: text)
  }

  private func kind(_ value: JSON) -> Int {
    switch value {
    case .null: 0
    case .bool: 1
    case .number: 2
    case .string: 3
    case .array: 4
    case .object: 5
    }
  }

  private func many(_ value: JSON) -> [JSON] { value.array ?? [value] }
  private func and(_ parts: [Bool?]) -> Bool? {
    parts.contains(false) ? false : parts.contains(nil) ? nil : true
  }
  private func or(_ parts: [Bool?]) -> Bool? {
    parts.contains(true) ? true : parts.contains(nil) ? nil : false
  }
}
