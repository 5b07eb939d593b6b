import CIntaglio
import IntaglioFormat
import IntaglioTestSupport
import SystemPackage
import Testing

/// What hosts need that run bodies themselves: to look at a pause before they go on, and to leave out what nobody could ask about.
@Suite struct HostingTests {
  @Test func `a paused run can be read, stays paused, and goes on once`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), RunTests.policy)
    let run = try governor.start(#""agent":"a","mission":"m""#)
    let name = #""\#(run)""#
    try governor.ask("run.pause", ["run": name, "reason": #""r""#, "state": #""s""#])
    for _ in 0..<2 {
      let paused = try governor.ask("run.paused", ["run": name])
      #expect(paused["paused_state"] == .string("s"))
      #expect(paused["mission"] == .string("m"))
      #expect(paused["agent"] == .string("a"))
    }
    try governor.ask("run.resume", ["run": name])
    #expect(throws: Refusal("not_paused")) { try governor.ask("run.paused", ["run": name]) }
    try governor.close()
  }

  @Test func `a call that was allowed before a pause runs after it, once`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "store")
    var governor = try Caller(path, RunTests.policy)
    let run = #""\#(try governor.start())""#
    _ = try governor.decide(String(run.dropFirst().dropLast()), "publish", "read", "refund")
    try governor.ask("run.pause", ["run": run, "reason": #""r""#])
    try governor.close()
    governor = try Caller(path, RunTests.policy)
    try governor.ask("run.resume", ["run": run])
    for refused in ["0", "2"] {
      #expect(throws: (any Error).self) {
        try governor.ask("tool.start", ["run": run, "call": refused])
      }
    }
    let start = try governor.ask("tool.start", ["run": run, "call": "1"])
    #expect(start["arguments"] == .string("{}"))
    #expect(throws: Refusal("used")) {
      try governor.ask("tool.start", ["run": run, "call": "1"])
    }
    try governor.close()
  }

  @Test(arguments: [
    (#"{"default":"allow","version":1}"#, []),
    (#"{"default":"deny","version":1}"#, ["hosted:a", "hosted:b"]),
    (
      #"{"default":"deny","rules":[{"effect":"allow","id":"r","when":{"tool":"hosted:a"}}],"version":1}"#,
      ["hosted:b"]
    ),
    (
      #"{"default":"deny","rules":[{"effect":"allow","id":"r","when":{"agent":"x","tool":"hosted:*"}}],"version":1}"#,
      ["hosted:a", "hosted:b"]
    ),
    (
      #"{"default":"allow","rules":[{"effect":"deny","id":"r","when":{"tainted":true,"tool":"hosted:b"}}],"version":1}"#,
      ["hosted:b"]
    ),
    (
      #"{"default":"allow","rules":[{"effect":"deny","id":"r","observe":true}],"version":1}"#, []
    ),
    (
      #"{"default":"allow","limits":[{"id":"l","most":1,"per":"run","tool":"hosted:a"}],"version":1}"#,
      ["hosted:a"]
    ),
  ])
  func `of tools that run unasked those are withheld that the policy could refuse`(
    policy: String, withheld: [String]
  ) throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"))
    let text = JSON.object([.init("text", .string(policy))]).canonicalText
    let run = try governor.start(#""agent":"a","policy":\#(text)"#)
    let answer = try governor.ask(
      "tools.withhold", ["run": #""\#(run)""#, "tools": #"["hosted:a","hosted:b"]"#])
    #expect(answer["withheld"] == .array(withheld.map { .string($0) }))
    try governor.close()
  }
}

extension JSON {
  fileprivate var canonicalText: String { String(decoding: canonical, as: UTF8.self) }
}
