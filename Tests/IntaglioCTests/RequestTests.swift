import CIntaglio
import Intaglio
import IntaglioC
import IntaglioFormat
import IntaglioTestSupport
import SystemPackage
import Testing

/// What is no request, and what is refused in one that is.
@Suite struct RequestTests {
  @Test func `what is no request is refused, and nothing is recorded`() throws {
    let directory = try TemporaryDirectory()
    let store = directory.path(of: "store")
    let governor = try Caller(store)
    let before = try LogReader.open(at: store.appending("0"), includingUnsynced: true).snapshot()
    var wrong = [
      "", "null", "[]", "{", #""tickets""#, "{}", #"{"do":null}"#, #"{"do":1}"#,
      #"{"do":"run.stop"}"#, #"{"do":"tickets"} {}"#, #"{"do":"tickets","do":"tickets"}"#,
      #"{"do":"run.start","agent":1}"#, #"{"do":"run.start","agent":"a","run":7}"#,
      #"{"do":"run.start","agent":"a","framework":{"name":"f","nom":"g"}}"#,
      #"{"do":"run.start","agent":"a","policy":{"text":"x","file":"y"}}"#,
      #"{"do":"run.start","agent":"a","policy":{"file":"/nowhere"}}"#,
      #"{"do":"run.start","agent":"a","capabilities":{"a":"x"}}"#,
      #"{"do":"run.start","agent":"a","captured":["x"]}"#,
      #"{"do":"run.end","run":"r","captured":{"x":1}}"#,
      #"{"do":"tickets","captured":{}}"#,
      #"{"do":"run.policy","run":"r"}"#, #"{"do":"policy.use"}"#,
      #"{"do":"tools.decide","run":"r","calls":{}}"#,
      #"{"do":"tools.decide","run":"r","calls":[{"tool":"weather","arguments":""}]}"#,
      #"{"do":"tools.decide","run":"r","calls":[{"tool":"function:x"}]}"#,
      #"{"do":"tools.decide","run":"r","calls":[{"tool":"function:x","arguments":{}}]}"#,
      #"{"do":"tool.start","run":"r","call":"0"}"#, #"{"do":"tool.start","run":"r","call":0.5}"#,
      #"{"do":"tool.end","run":"r","call":0,"status":"fine","result":""}"#,
      #"{"do":"guardrail.tripped","run":"r","name":"g","stage":"s"}"#,
      #"{"do":"review.vote","ticket":"t","approve":"yes"}"#,
      #"{"do":"review.vote","ticket":"t","approve":true,"key":{"text":"k"}}"#,
      #"{"do":"rollback.begin","mission":"m","checkpoint":-1,"reason":"","by":"b"}"#,
      #"{"do":"state.change","run":"r","mission":"m","changes":[]}"#,
      #"{"do":"state.change","run":"r","changes":[{"component":"c","key":"k"}]}"#,
      #"{"do":"state.change","run":"r","changes":[{"component":"c","key":"k","value":{"base64":"A"}}]}"#,
      #"{"do":"state.read","mission":"m","component":"c","key":"k","prefix":"k"}"#,
      #"{"do":"memory.remember","run":"r","key":"k","value":{"reference":{"kind":"k"}}}"#,
      #"{"do":"memory.remember","run":"r","key":"k","value":"v","expires_after":-1}"#,
      #"{"do":"capability.list"}"#,
    ]
    for name in requestNames { wrong.append(#"{"do":"\#(name)","nonsense":1}"#) }
    for text in wrong {
      #expect(throws: CallError("invalid"), "\(text)") { try governor.answer(text) }
      #expect(throws: CallError("invalid"), "\(text)") { try governor.send(1, text) }
    }
    #expect(throws: CallError("timeout")) { try governor.next(timeout: 0) }
    let after = try LogReader.open(at: store.appending("0"), includingUnsynced: true).snapshot()
    #expect(before.count == after.count)
    try governor.close()
  }

  @Test func `a policy that is none is refused with the place in it`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"))
    do {
      try governor.ask(#"{"do":"policy.use","policy":{"text":"version: 1\ndefault: maybe"}}"#)
      Issue.record("it was taken")
    } catch let error as CallError {
      #expect(error.name == "policy")
      #expect(error.message.contains("line 2, column 10"))
    }
    try governor.close()
  }

  @Test func `what one thread sends takes place in that order`() throws {
    let directory = try TemporaryDirectory()
    let store = directory.path(of: "store")
    let governor = try Caller(store)
    let run = try governor.start()
    for number in 0..<100 {
      try governor.send(
        UInt64(number), #"{"do":"agent.start","run":"\#(run)","agent":"a\#(number)"}"#)
    }
    var ids: Set<UInt64> = []
    for _ in 0..<100 {
      let (id, answer) = try governor.next()
      #expect(answer["ok"] != nil)
      ids.insert(id)
    }
    #expect(ids == Set(0..<100))
    try governor.ask(#"{"do":"run.end","run":"\#(run)"}"#)
    try governor.close()
    let snapshot = try LogReader.open(at: store.appending("0")).snapshot()
    let stream = try #require(try snapshot.stream(named: "run/" + run))
    let agents = try snapshot.records(of: stream.number).map {
      try JSON.parse($0.get().payloadBytes)
    }
    .filter { $0["event"] == .string("agent.start") }.map { $0["gen_ai.agent.name"]?.string }
    #expect(agents == (0..<100).map { "a\($0)" })
  }

  @Test func `answers name the engine's reason, and errors are safe to print`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"))
    do {
      try governor.ask(#"{"do":"run.resume","run":"a\u202Eb"}"#)
      Issue.record("it was resumed")
    } catch let error as Refusal {
      #expect(error.code == "not_paused")
      #expect(error.message.contains(#"a\u{202E}b"#))
    }
    #expect(throws: Refusal("no_mission")) {
      try governor.ask(#"{"do":"checkpoints","mission":"m"}"#)
    }
    try governor.close()
  }
}
