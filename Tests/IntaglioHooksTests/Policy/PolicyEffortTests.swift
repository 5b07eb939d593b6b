import IntaglioFormat
import Testing

@testable import IntaglioHooks

/// Hostile policies and arguments cost no more than their size: counted in steps, which no other work on the machine changes.
@Suite struct PolicyEffortTests {
  private func steps(_ predicate: String, _ arguments: JSON) throws -> Int {
    let policy = try makePolicy(rules: [
      #"{"id":"r","effect":"deny","when":{"arguments":\#(predicate)}}"#
    ])
    let input = PolicyInput(tool: ToolIdentity(name: "t"), arguments: .success(arguments))
    var effort = Effort()
    _ = policy.evaluate(input, &effort)
    return effort.steps
  }

  private func text(_ text: String) -> JSON { .object([.init("a", .string(text))]) }

  @Test(arguments: [
    (#"{"glob":"*a*a*a*a*a*a*a*a*a*a*a*b"}"#, "a"), (#"{"glob":"*a?a?a?a?a?a?a?b*"}"#, "a"),
    (#"{"contains":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}"#, "a"),
    (#"{"contains":"abababababac"}"#, "ab"),
    (#"{"starts_with":"aaaaaaaaaaaaab"}"#, "a"), (#"{"length":{"less":5}}"#, "é"),
    (#"{"url":{"host":"*.a.example"}}"#, "https://a."), (#"{"path":{"within":"/a/a/a"}}"#, "/a"),
    (#"{"equals":"aaaaaaaaaaaa"}"#, "a\u{328}\u{301}"), (#"{"glob":"*"}"#, "\u{301}\u{323}"),
  ])
  func `a test of text is linear in the text`(test: String, unit: String) throws {
    let counts = try [10_000, 20_000, 40_000].map { count in
      try steps(#"{"/a":\#(test)}"#, text(String(repeating: unit, count: count)))
    }
    #expect(counts[1] <= counts[0] * 2 + 100 && counts[2] <= counts[1] * 2 + 100, "\(counts)")
    #expect(counts[2] <= 40_000 * unit.utf8.count * 8)
  }

  @Test func `a glob costs a step for each scalar and 64 of the pattern`() throws {
    let pattern = "*" + String(repeating: "a", count: 1000) + "b*"
    let count = try steps(
      #"{"/a":{"glob":"\#(pattern)"}}"#, text(String(repeating: "a", count: 100_000)))
    #expect(count <= 100_000 * (1001 / 64 + 1 + 3))
  }

  @Test func `tests of lists and objects are linear in them`() throws {
    func list(_ count: Int) -> JSON {
      let element = JSON.object([.init("id", .string("x")), .init("n", .number("1"))])
      return .object([.init("a", .array(Array(repeating: element, count: count)))])
    }
    func members(_ count: Int) -> JSON {
      .object([.init("a", .object((0..<count).map { .init("m\($0)", .number("1")) }))])
    }
    let equals = String(decoding: members(2000)["a"]!.canonical, as: UTF8.self)
    for (predicate, make) in [
      (#"{"/a":{"every":{"/id":{"equals":"x"},"/n":{"less":2}}}}"#, list),
      (#"{"/a":{"some":{"any":[{"/id":{"equals":"y"}},{"/n":{"greater":2}}]}}}"#, list),
      (#"{"/a":{"contains":{"id":"y","n":1}}}"#, list),
      (#"{"/a/m1999":{"equals":1}}"#, members), (#"{"/a":{"equals":\#(equals)}}"#, members),
    ] as [(String, (Int) -> JSON)] {
      let counts = try [2000, 4000, 8000].map { try steps(predicate, make($0)) }
      #expect(counts[1] <= counts[0] * 2 + 100 && counts[2] <= counts[0] * 4 + 100, "\(counts)")
    }
  }

  @Test func `evaluation is linear in the rules`() throws {
    func count(_ ruleCount: Int) throws -> Int {
      let policy = try makePolicy(
        rules: (0..<ruleCount).map {
          #"{"id":"r\#($0)","effect":"deny","when":{"arguments":{"any":[{"/a":{"greater":\#($0)}},{"/b":{"some":{"":{"equals":"x"}}}}]}}}"#
        })
      var effort = Effort()
      let evaluation = policy.evaluate(makeInput(#"{"a":0,"b":["y","z"]}"#), &effort)
      #expect(evaluation.applied.isEmpty)
      return effort.steps
    }
    let counts = [try count(1000), try count(2000), try count(5000)]
    #expect(counts[1] == counts[0] * 2 && counts[2] == counts[0] * 5)
  }

  @Test func `nested quantifiers visit each value once for each test`() throws {
    // Five levels of lists in lists, and as many quantifiers.
    var value = JSON.number("1")
    var predicate = #"{"":{"less":2}}"#
    for _ in 0..<5 {
      value = .array(Array(repeating: value, count: 6))
      predicate = #"{"":{"every":\#(predicate)}}"#
    }
    let count = try steps(predicate, value)
    #expect(count <= (7776 + 1296 + 216 + 36 + 6 + 1) * 8)
  }

  @Test func `arguments of a megabyte and 128 levels are judged`() throws {
    let huge = #"{"a":"\#(String(repeating: "x", count: 1 << 20))"}"#
    #expect(try truth(#"{"/a":{"contains":"xxxxxxxxxxxxxxxxy"}}"#, of: huge) == .fails)
    #expect(try truth(#"{"/a":{"length":{"equals":1048576}}}"#, of: huge) == .holds)
    let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(
      try truth(
        #"{"":{"length":{"equals":1}},"\#(String(repeating: "/0", count: 127))":{"equals":[]}}"#,
        of: deep)
        == .holds)
    let tooDeep = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
    #expect(try makePolicy().evaluate(makeInput(tooDeep)).invalidArguments != nil)
  }

  @Test func `a pile of combining marks errs before it costs`() throws {
    let count = try steps(
      #"{"/a":{"glob":"*"}}"#, text("a" + String(repeating: "\u{301}\u{323}", count: 100_000)))
    #expect(count < 1_000_000)
  }
}
