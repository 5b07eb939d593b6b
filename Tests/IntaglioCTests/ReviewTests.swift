import CIntaglio
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import SystemPackage
import Testing

/// Calls that wait for people, by requests.
@Suite struct ReviewTests {
  private func ticket(_ governor: Caller) throws -> String {
    try #require(
      try governor.ask(#"{"do":"tickets"}"#)["tickets"]?.array?.first?["ticket"]?.string)
  }

  @Test func `who waits for a review hears of the decision, and holds up nobody`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), RunTests.policy)
    let run = try governor.start()
    let decision = try governor.decide(run, "publish")[0]
    #expect(decision["effect"] == .string("review"))
    #expect(try decision["ticket"]?.string == ticket(governor))
    #expect(decision["review"]?["mode"] == .string("wait"))
    #expect(decision["review"]?["quorum"]?.integer == 1)
    try governor.send(1, #"{"do":"review.wait","run":"\#(run)","call":0}"#)
    try governor.send(2, #"{"do":"agent.start","run":"\#(run)","agent":"a"}"#)
    #expect(try governor.next().id == 2)
    let answer = try governor.ask(#"{"do":"review.answer","run":"\#(run)","call":0}"#)
    #expect(answer["effect"] == .string("review"))
    try governor.ask(
      #"{"do":"review.vote","ticket":"\#(ticket(governor))","approve":true,"label":"l"}"#)
    let (id, waited) = try governor.next()
    #expect(id == 1)
    #expect(waited["ok"]?["effect"] == .string("allow"))
    try governor.ask(#"{"do":"tool.start","run":"\#(run)","call":0}"#)
    try governor.close()
  }

  @Test func `a rejected call is denied, and a vote that does not count says why`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), RunTests.policy)
    let run = try governor.start()
    _ = try governor.decide(run, "publish")
    let ticket = try ticket(governor)
    #expect(
      try governor.ask(#"{"do":"review.vote","ticket":"\#(ticket)","approve":false}"#)["outcome"]
        == .string("rejected"))
    #expect(throws: Refusal("not_permitted")) {
      try governor.ask(#"{"do":"review.vote","ticket":"\#(ticket)","approve":true}"#)
    }
    let answer = try governor.ask(#"{"do":"review.answer","run":"\#(run)","call":0}"#)
    #expect(answer["effect"] == .string("deny"))
    #expect(throws: Refusal("not_permitted")) {
      try governor.ask(#"{"do":"tool.start","run":"\#(run)","call":0}"#)
    }
    try governor.close()
  }

  @Test func `a framework's own approval satisfies no review`() throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), RunTests.policy)
    let run = try governor.start()
    _ = try governor.decide(run, "publish")
    try governor.ask(
      #"{"do":"approval.foreign","run":"\#(run)","id":"c","tool":"function:publish","approved":true}"#
    )
    #expect(throws: Refusal("not_permitted")) {
      try governor.ask(#"{"do":"tool.start","run":"\#(run)","call":0}"#)
    }
    #expect(
      try governor.ask(#"{"do":"review.answer","run":"\#(run)","call":0}"#)["effect"]
        == .string("review"))
    try governor.close()
  }

  @Test(arguments: [false, true])
  func `closing answers who waits for people, also where another governor has the store open`(
    isShared: Bool
  ) throws {
    let directory = try TemporaryDirectory()
    let governor = try Caller(directory.path(of: "store"), RunTests.policy)
    let other = isShared ? try Caller(directory.path(of: "store")) : nil
    let run = try governor.start()
    _ = try governor.decide(run, "publish")
    for id: UInt64 in 1...3 {
      try governor.send(id, #"{"do":"review.wait","run":"\#(run)","call":0}"#)
    }
    // Whether it waits when the governor is closed or comes too late: it returns, and says why.
    let caller = BackgroundThread {
      do {
        try governor.ask(#"{"do":"review.wait","run":"\#(run)","call":0}"#)
        Issue.record("nobody has decided")
      } catch let error as Refusal {
        #expect(error == Refusal("closed"))
      } catch {
        #expect(error as? CallError == CallError("closed"))
      }
    }
    try governor.close()
    caller.join()
    #expect(throws: CallError("closed")) { try governor.next() }
    if let other {
      // The run is the store's, and goes on as long as the store is open.
      #expect(try other.ask(#"{"do":"tickets"}"#)["tickets"]?.array?.count == 1)
      try other.close()
    }
  }
}
