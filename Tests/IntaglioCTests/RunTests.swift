import CIntaglio
import Intaglio
import IntaglioFormat
import IntaglioHooks
import IntaglioTestSupport
import IntaglioVerifier
import SystemPackage
import Testing

/// Runs governed by requests.
@Suite struct RunTests {
  static let policy = #"""
    {"policy": {"text": "{\"version\":1,\"default\":\"allow\",\"rules\":[{\"id\":\"no\",\"when\":{\"tool\":\"refund\"},\"effect\":\"deny\",\"reason\":\"money leaves\"},{\"id\":\"ask\",\"when\":{\"tool\":\"publish\"},\"effect\":\"review\"},{\"id\":\"end\",\"when\":{\"tool\":\"wipe\"},\"effect\":\"deny\",\"on_deny\":\"abort\"}]}"}, "engine_timeout": 600}
    """#

  private static func events(_ store: FilePath, ofStream name: String) throws -> [RecordedEvent] {
    let snapshot = try LogReader.open(at: store.appending("0"), access: .copied).snapshot()
    let stream = try #require(try snapshot.stream(named: name))
    return try snapshot.records(of: stream.number).compactMap { try RecordedEvent($0.get()) }
  }

  @Test func `a run is begun, asked about, told of and ended, and its log is clean`() throws {
    let directory = try TemporaryDirectory()
    let store = directory.path(of: "store")
    let governor = try Caller(store, Self.policy)
    let started = try governor.ask(
      #"{"do":"run.start","agent":"a","mission":"m","conversation":"c","framework":{"name":"f","trace_id":"t"},"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#
    )
    #expect(started["mission"] == .string("m"))
    #expect(started["trace_id"] == .string("4bf92f3577b34da6a3ce929d0e0e4736"))
    let run = try #require(started["run"]?.string)
    let r = #""run":"\#(run)""#
    try governor.ask(#"{"do":"agent.start",\#(r),"agent":"a"}"#)
    try governor.ask(
      #"{"do":"model.request",\#(r),"model":"m","provider":"p","instructions":"i","input":["{\"role\":\"user\"}"]}"#
    )
    try governor.ask(
      #"{"do":"model.response",\#(r),"output":["{}"],"model":"m","id":"r","finish_reasons":["stop"],"input_tokens":1,"output_tokens":2}"#
    )
    try governor.ask(#"{"do":"model.failed",\#(r),"type":"t","message":"m"}"#)
    let decisions = try governor.ask(
      #"{"do":"tools.decide",\#(r),"calls":[{"tool":"function:weather","arguments":"{ \"city\":1}","id":"c1"},{"tool":"function:refund","arguments":"{}"},{"tool":"handoff:b","arguments":"{}"}]}"#
    )
    let all = try #require(decisions["decisions"]?.array)
    #expect(all.map { $0["effect"]?.string } == ["allow", "deny", "allow"])
    #expect(all.map { $0["call"]?.integer } == [0, 1, 2])
    #expect(all[0]["id"] == .string("c1"))
    #expect(all[1]["reason"] == .string("money leaves"))
    #expect(all[1]["deciders"] == .array([.string("no")]))
    #expect(all[1]["message"]?.string?.isEmpty == false)
    #expect(all.allSatisfy { $0["is_recorded"] == .bool(true) && $0["aborts_run"] == .bool(false) })
    #expect(
      try governor.ask(#"{"do":"tool.start",\#(r),"call":0}"#)["arguments"]
        == .string(#"{ "city":1}"#))
    try governor.ask(
      #"{"do":"tool.end",\#(r),"call":0,"status":"error","result":"x","error_type":"E"}"#)
    try governor.ask(#"{"do":"agent.handoff",\#(r),"call":2,"from":"a","to":"b"}"#)
    try governor.ask(
      #"{"do":"tool.hosted",\#(r),"tool":"hosted:search","arguments":"{}","id":"h","result":"found"}"#
    )
    try governor.ask(
      #"{"do":"guardrail.tripped",\#(r),"name":"g","stage":"tool_input","message":"m"}"#)
    try governor.ask(#"{"do":"audit.gap",\#(r),"count":2,"what":"a tool of the provider"}"#)
    try governor.ask(#"{"do":"audit.gap","count":1,"what":"a run without hooks"}"#)
    try governor.ask(#"{"do":"agent.end",\#(r),"agent":"b","output":"o"}"#)
    try governor.ask(#"{"do":"run.policy",\#(r),"policy":null}"#)
    try governor.ask(#"{"do":"policy.use","policy":null}"#)
    try governor.ask(#"{"do":"run.end",\#(r),"output":"o"}"#)
    #expect(throws: Refusal("run_over")) { try governor.ask(#"{"do":"run.end",\#(r)}"#) }
    let failed = try governor.start()
    try governor.ask(#"{"do":"run.fail","run":"\#(failed)","type":"max_turns","message":"m"}"#)
    let status = try governor.ask(#"{"do":"governor.status"}"#)
    #expect(status["log_path"] == .string(store.appending("0").string))
    #expect(status["unrecorded_event_count"]?.integer == 0)
    try governor.close()

    let story = try Self.events(store, ofStream: "run/" + run)
      .filter { $0.kind != .checkpointCreated }.map(\.kind.name)
    #expect(
      story == [
        "run.start", "agent.start", "model.item", "model.item", "model.request", "model.response",
        "model.failed", "tool.request", "policy.decision", "tool.request", "policy.decision",
        "tool.request", "policy.decision", "tool.start", "tool.end", "agent.handoff", "tool.hosted",
        "guardrail.tripped", "agent.end", "policy.loaded", "run.end",
      ])
    let gaps = try Self.events(store, ofStream: "governor").filter { $0.kind == .auditGap }
    #expect(gaps.map { $0[Attribute.run]?.string } == [run, nil])
    #expect(try Verifier().verify(store.appending("0")).isFaultless)
  }

  @Test func `a tool is started once, and ended once, and only if it was allowed`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), Self.policy)
    let run = try governor.start()
    _ = try governor.decide(run, "weather", "refund", "publish")
    func start(_ call: Int) throws {
      try governor.ask(#"{"do":"tool.start","run":"\#(run)","call":\#(call)}"#)
    }
    func end(_ call: Int) throws {
      try governor.ask(
        #"{"do":"tool.end","run":"\#(run)","call":\#(call),"status":"ok","result":""}"#)
    }
    #expect(throws: Refusal("invalid")) { try end(0) }
    try start(0)
    #expect(throws: Refusal("used")) { try start(0) }
    try end(0)
    #expect(throws: Refusal("invalid")) { try end(0) }
    #expect(throws: Refusal("used")) { try start(0) }
    #expect(throws: Refusal("not_permitted")) { try start(1) }
    #expect(throws: Refusal("not_permitted")) { try start(2) }
    #expect(throws: Refusal("invalid")) { try start(3) }
    #expect(throws: Refusal("invalid")) { try start(-1) }
    try governor.close()
  }

  @Test func `a tool that was started and never used is abandoned`() throws {
    let directory = try TemporaryDirectory()
    let store = directory.path(of: "store")
    let governor = try Caller(store)
    let run = try governor.start()
    _ = try governor.decide(run, "weather")
    try governor.ask(#"{"do":"tool.start","run":"\#(run)","call":0}"#)
    try governor.ask(
      #"{"do":"tool.end","run":"\#(run)","call":0,"status":"unknown","result":"","used":false}"#)
    try governor.ask(#"{"do":"run.end","run":"\#(run)"}"#)
    try governor.close()
    let kinds = try Self.events(store, ofStream: "run/" + run).map(\.kind)
    #expect(kinds.contains(.toolAbandoned) && !kinds.contains(.toolEnd))
  }

  @Test func `a call that ends the run by policy comes as a decision, and no tool runs then`()
    throws
  {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), Self.policy)
    let run = try governor.start()
    let decisions = try governor.decide(run, "weather", "wipe")
    #expect(decisions.map { $0["aborts_run"] } == [.bool(false), .bool(true)])
    #expect(throws: Refusal("aborted")) {
      try governor.ask(#"{"do":"tool.start","run":"\#(run)","call":0}"#)
    }
    try governor.ask(#"{"do":"run.fail","run":"\#(run)","type":"policy","message":"m"}"#)
    try governor.close()
  }

  @Test func `a run that is paused goes on by another handle, from the log's copy only`() throws {
    let directory = try TemporaryDirectory()
    let store = directory.path(of: "store")
    var governor = try Caller(store, Self.policy)
    let run = try governor.start()
    _ = try governor.decide(run, "publish")
    let ticket = try #require(
      try governor.ask(#"{"do":"tickets"}"#)["tickets"]?.array?.first?["ticket"]?.string)
    try governor.ask(#"{"do":"run.pause","run":"\#(run)","reason":"r","state":"{\"x\":1}"}"#)
    #expect(throws: Refusal("run_over")) { try governor.decide(run, "weather") }
    try governor.close()
    governor = try Caller(store, Self.policy)
    #expect(throws: Refusal("state_differs")) {
      try governor.ask(#"{"do":"run.resume","run":"\#(run)","state":"{\"x\":2}"}"#)
    }
    let vote = try governor.ask(
      #"{"do":"review.vote","ticket":"\#(ticket)","approve":true,"reason":"fine"}"#)
    #expect(vote["outcome"] == .string("approved"))
    let resumed = try governor.ask(#"{"do":"run.resume","run":"\#(run)"}"#)
    #expect(resumed["paused_state"] == .string(#"{"x":1}"#))
    #expect(resumed["agent"] == .string("a"))
    #expect(resumed["mission"] == .string(run))
    let review = try #require(resumed["reviews"]?.array?.first)
    #expect(review["effect"] == .string("allow"))
    #expect(throws: Refusal("not_paused")) {
      try governor.ask(#"{"do":"run.resume","run":"\#(run)"}"#)
    }
    try governor.ask(#"{"do":"tool.start","run":"\#(run)","call":0}"#)
    try governor.ask(
      #"{"do":"tool.end","run":"\#(run)","call":0,"status":"ok","result":"done"}"#)
    try governor.ask(#"{"do":"run.end","run":"\#(run)"}"#)
    try governor.close()
    #expect(try Verifier().verify(store.appending("0")).isFaultless)
  }
}
