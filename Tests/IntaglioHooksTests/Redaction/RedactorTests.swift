import IntaglioFormat
import IntaglioHooks
import IntaglioTestSupport
import Testing

@Suite struct RedactorTests {
  private static let card = "4111111111111111"
  private static let key = "sk-abcdefghijklmnopqrst1"

  @Test func `a pointer takes out the whole value that it leads to`() throws {
    let text = #"{"a":{"b":[1,{"c/d~e":"secret"}]},"z":true}"#
    for (tokens, pointer, expected) in [
      (
        ["a", "b", "1", "c/d~e"], "/a/b/1/c~1d~0e",
        #"{"a":{"b":[1,{"c/d~e":{"$redacted":{"byteCount":6,"rule":"r"}}}]},"z":true}"#
      ),
      (
        ["a", "b", "0"], "/a/b/0",
        #"{"a":{"b":[{"$redacted":{"byteCount":1,"rule":"r"}},{"c/d~e":"secret"}]},"z":true}"#
      ),
      (["a", "b"], "/a/b", #"{"a":{"b":{"$redacted":{"byteCount":22,"rule":"r"}}},"z":true}"#),
      (
        ["z"], "/z",
        #"{"a":{"b":[1,{"c/d~e":"secret"}]},"z":{"$redacted":{"byteCount":4,"rule":"r"}}}"#
      ),
      ([], "", #"{"$redacted":{"byteCount":43,"rule":"r"}}"#),
    ] as [([String], String, String)] {
      let redacted = Redactor(rules: [.init(id: "r", .pointer(tokens))]).redact(try json(text))
      #expect(redacted.value == (try json(expected)))
      #expect(redacted.removals.map(\.pointer) == [pointer])
    }
  }

  @Test(arguments: [
    ["b"], ["a", "b", "2"], ["a", "b", "-"], ["a", "b", "00"], ["a", "b", "0", "x"], ["z", "0"],
    ["a", "b", "01"], ["A"], ["", "a"],
  ])
  func `a pointer that leads nowhere takes nothing out`(tokens: [String]) throws {
    let text = #"{"a":{"b":[1,{"c":"secret"}]},"z":true}"#
    let redactor = Redactor(rules: [.init(id: "r", .pointer(tokens))])
    #expect(redactor.redact(try json(text)).removals.isEmpty)
    #expect(redactor.redact(text: text) == nil)
  }

  @Test func `a pointer finds a name however its letters are composed`() throws {
    let redacted = Redactor(rules: [.init(id: "r", .pointer(["\u{E9}"]))])
      .redact(try json("{\"\u{E9}\":1,\"e\u{301}\":2}"))
    #expect(redacted.removals.map(\.byteCount) == [1, 1])
  }

  @Test func `a string that holds a match is replaced whole, and so is a number`() throws {
    let redacted = Redactor(rules: [.init(id: "cards", .pattern(.creditCard))]).redact(
      try json(#"{"text":"pay \#(Self.card) now","list":[\#(Self.card),4.111111111111111e15,7]}"#))
    #expect(
      redacted.value
        == (try json(
          #"{"text":{"$redacted":{"byteCount":24,"rule":"cards"}},"list":["#
            + #"{"$redacted":{"byteCount":16,"rule":"cards"}},"#
            + #"{"$redacted":{"byteCount":16,"rule":"cards"}},7]}"#)))
    #expect(redacted.removals.map(\.pointer) == ["/text", "/list/0", "/list/1"])
    #expect(
      redacted.removals[1].json
        == (try json(#"{"at":"/list/0","byteCount":16,"rule":"cards"}"#)))
  }

  @Test func `a name that holds a match takes its object with it`() throws {
    let redacted = Redactor(rules: [.init(id: "keys", .pattern(.apiKey))])
      .redact(try json(#"{"a":{"\#(Self.key)":1,"b":"c"},"d":2}"#))
    #expect(
      redacted.value
        == (try json(#"{"a":{"$redacted":{"byteCount":38,"rule":"keys"}},"d":2}"#)))
  }

  @Test func `the outermost rule wins, and of those for one value the first`() throws {
    let pattern = Redactor.Rule(id: "pattern", .pattern(.apiKey))
    let inner = Redactor.Rule(id: "inner", .pointer(["a", "b"]))
    let outer = Redactor.Rule(id: "outer", .pointer(["a"]))
    let value = try json(#"{"a":{"b":"\#(Self.key)"}}"#)
    for (rules, winner) in [
      ([pattern, inner, outer], "outer"), ([inner, pattern], "inner"),
      ([pattern, inner], "pattern"),
      ([outer, pattern], "outer"),
    ] {
      let removals = Redactor(rules: rules).redact(value).removals
      #expect(removals.map(\.rule) == [winner])
    }
  }

  @Test func `a text from which nothing is taken out stays as it is`() {
    let redactor = Redactor(
      rules: BuiltInPattern.allCases.map { .init(id: $0.rawValue, .pattern($0)) }
        + [.init(id: "p", .pointer(["password"]))])
    for text in ["", "plain", #"{ "a" : 1.50 }"#, "[12345678901234567890]", #"{"a":1,"a":2}"#] {
      #expect(redactor.redact(text: text) == nil)
    }
    #expect(Redactor(rules: []).redact(text: Self.card) == nil)
  }

  @Test func `a text that is JSON is redacted as such, another whole`() throws {
    let redactor = Redactor(rules: [.init(id: "cards", .pattern(.creditCard))])
    let whole = try json(#"{"$redacted":{"byteCount":16,"rule":"cards"}}"#)
    #expect(redactor.redact(text: #" {"n":"\u0034111111111111111"}"#)?.value["n"] == whole)
    #expect(redactor.redact(text: Self.card)?.value == whole)
    #expect(redactor.redact(text: "\"\(Self.card)\"")?.value == whole)
    let free = redactor.redact(text: "é \(Self.card)")
    #expect(free?.value == (try json(#"{"$redacted":{"byteCount":19,"rule":"cards"}}"#)))
    #expect(free?.removals == [Removal(pointer: "", rule: "cards", byteCount: 19)])
    // No JSON, since a name is repeated, and behind an escape.
    #expect(redactor.redact(text: #"{"n":"\u0034111111111111111","n":0}"#) != nil)
  }

  @Test func `arguments that no pointer can be followed in are taken out whole`() throws {
    let redactor = Redactor(rules: [
      .init(id: "cards", .pattern(.creditCard)), .init(id: "passwords", .pointer(["password"])),
    ])
    let twice = #"{"password":"a","password":"b"}"#
    #expect(redactor.redact(text: twice) == nil)
    #expect(redactor.redact(arguments: twice)?.removals.map(\.rule) == ["passwords"])
    #expect(redactor.redact(arguments: #"{"password":"a""#)?.removals.map(\.byteCount) == [15])
    #expect(redactor.redact(arguments: #"{"password":"a"}"#)?.removals.map(\.byteCount) == [1])
    #expect(redactor.redact(arguments: "") == nil)
    #expect(redactor.redact(arguments: "{}") == nil)
    #expect(Redactor(rules: [redactor.rules[0]]).redact(arguments: twice) == nil)
  }

  @Test func `what looks like a marker is listed only if it is one`() throws {
    let forged = #"{"a":{"$redacted":{"byteCount":1,"rule":"other"}},"b":"\#(Self.key)"}"#
    let redacted = Redactor(rules: [.init(id: "keys", .pattern(.apiKey))]).redact(try json(forged))
    #expect(redacted.removals.map(\.pointer) == ["/b"])
    // A marker that holds more than a marker does is searched like anything else.
    let holding = #"{"$redacted":{"byteCount":1,"rule":"keys","more":"\#(Self.key)"}}"#
    let again = Redactor(rules: [.init(id: "keys", .pattern(.apiKey))]).redact(try json(holding))
    #expect(again.removals.map(\.pointer) == ["/$redacted/more"])
  }

  @Test func `nothing that was planted remains, and nothing else is missing`() throws {
    var generator = SeededGenerator()
    let redactor = Redactor(
      rules: BuiltInPattern.allCases.map { .init(id: $0.rawValue, .pattern($0)) })
    for _ in 0..<1000 {
      var planting = Planting(generator: generator)
      let value = planting.plant(in: planting.generator.json(depth: 5))
      generator = planting.generator
      let redacted = redactor.redact(value)
      let output = String(decoding: redacted.value.canonical, as: UTF8.self)
      for secret in planting.secrets { #expect(!output.contains(secret)) }
      #expect(redacted.removals.isEmpty == planting.secrets.isEmpty)
      #expect(redactor.redact(redacted.value) == Redacted(value: redacted.value, removals: []))
      for removal in redacted.removals {
        #expect(self.value(at: removal.pointer, in: redacted.value) == removal.marker)
      }
      #expect(restoring(redacted, from: value) == value)
      let text = String(decoding: generator.spelling(of: value), as: UTF8.self)
      let fromText = redactor.redact(text: text)
      #expect(fromText?.value.canonical ?? value.canonical == redacted.value.canonical)
    }
  }

  @Test func `every pointer of a value takes out what it leads to, and only that`() throws {
    var generator = SeededGenerator()
    for _ in 0..<300 {
      let value = generator.json(depth: 4)
      for (tokens, target) in nodes(of: value) {
        let redactor = Redactor(rules: [.init(id: "r", .pointer(tokens))])
        let redacted = redactor.redact(value)
        // Names that Unicode holds for equal are all meant.
        #expect(!redacted.removals.isEmpty)
        let pointer = tokens.map {
          "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1")
        }.joined()
        let byteCount = target.string?.utf8.count ?? target.canonical.count
        #expect(
          redacted.removals.contains(Removal(pointer: pointer, rule: "r", byteCount: byteCount)))
        #expect(restoring(redacted, from: value) == value)
        #expect(redactor.redact(redacted.value).removals.isEmpty)
      }
    }
  }

  private func json(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8)) }

  /// The tokens of all values in `json`, and the values.
  private func nodes(of json: JSON) -> [([String], JSON)] {
    var nodes: [([String], JSON)] = [([], json)]
    switch json {
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        nodes += self.nodes(of: element).map { ([String(index)] + $0.0, $0.1) }
      }
    case .object(let members):
      for member in members {
        nodes += self.nodes(of: member.value).map { ([member.name] + $0.0, $0.1) }
      }
    default: break
    }
    return nodes
  }

  private func value(at pointer: String, in json: JSON) -> JSON? {
    nodes(of: json).first { tokens, _ in
      tokens.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined().utf8
        .elementsEqual(pointer.utf8)
    }?.1
  }

  /// The redacted value with what stood in `original` in place of the markers.
  private func restoring(_ redacted: Redacted, from original: JSON) -> JSON {
    func restore(_ json: JSON, _ original: JSON, _ pointer: String) -> JSON {
      if redacted.removals.contains(where: { $0.pointer.utf8.elementsEqual(pointer.utf8) }) {
        return original
      }
      switch (json, original) {
      case (.array(let elements), .array(let originals)) where elements.count == originals.count:
        return .array(
          elements.indices.map { restore(elements[$0], originals[$0], pointer + "/\($0)") })
      case (.object(let members), .object(let originals)) where members.count == originals.count:
        return .object(
          zip(members, originals).map { member, original in
            let token = member.name.replacing("~", with: "~0").replacing("/", with: "~1")
            return .init(member.name, restore(member.value, original.value, pointer + "/" + token))
          })
      default: return json
      }
    }
    return restore(redacted.value, original, "")
  }
}

/// Hides secrets in a value, and remembers them.
private struct Planting {
  var generator: SeededGenerator
  private(set) var secrets: [String] = []

  init(generator: SeededGenerator) { self.generator = generator }

  mutating func plant(in json: JSON) -> JSON {
    switch json {
    case .array(let elements): return .array(elements.map { plant(in: $0) })
    case .object(let members):
      return .object(
        members.map { member in
          let name = chance(1, of: 40) ? hide(in: member.name) : member.name
          return .init(name, plant(in: member.value))
        })
    case .string(let text): return .string(chance(1, of: 4) ? hide(in: text) : text)
    case .number(let text):
      // A number as long as a card's could be one by chance.
      if (1e12..<1e19).contains(Double(text)?.magnitude ?? 0) { return .integer(1) }
      guard chance(1, of: 12) else { return json }
      let number = cardNumber()
      secrets.append(number)
      return .number(number)
    default: return json
    }
  }

  private mutating func chance(_ count: Int, of all: Int) -> Bool {
    Int.random(in: 0..<all, using: &generator) < count
  }

  /// The text with a secret somewhere in it, between characters that belong to none.
  private mutating func hide(in text: String) -> String {
    let secret = secret()
    secrets.append(secret)
    let place = text.unicodeScalars.indices.randomElement(using: &generator) ?? text.endIndex
    let mark = ["\n", " ", "\"", "é", "\u{2028}", "(", "😀"].randomElement(using: &generator)!
    return text[..<place] + mark + secret + mark + text[place...]
  }

  private mutating func secret() -> String {
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: return cardNumber()
    case 1: return letters(8) + "@" + letters(5) + ".example.org"
    case 2: return "sk-" + letters(30) + "7"
    case 3: return "Bearer " + letters(20)
    default:
      return "-----BEGIN " + ["", "RSA ", "EC "].randomElement(using: &generator)!
        + "PRIVATE KEY-----"
    }
  }

  private mutating func letters(_ count: Int) -> String {
    String((0..<count).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement(using: &generator)! })
  }

  /// Sixteen digits that hold Luhn's check.
  private mutating func cardNumber() -> String {
    var digits = [4] + (0..<14).map { _ in Int.random(in: 0...9, using: &generator) }
    let sum = digits.enumerated().reduce(0) { sum, digit in
      let doubled = digit.offset.isMultiple(of: 2) ? digit.element * 2 : digit.element
      return sum + (doubled > 9 ? doubled - 9 : doubled)
    }
    digits.append((10 - sum % 10) % 10)
    return digits.map(String.init).joined()
  }
}
