import CIntaglio
import IntaglioFormat
import IntaglioStorage
import IntaglioTestSupport
import IntaglioVerifier
import Synchronization
import SystemPackage
import Testing

@Suite struct InterfaceConcurrencyTests {
  @Test func `threads call, send and take answers at once, and nothing is lost`() throws {
    let directory = try TemporaryDirectory()
    let store = directory.path(of: "store")
    let governor = try Caller(store)
    let answered = Atomic(0)
    let sendCount = 50
    let senders = (0..<4).map { _ in
      BackgroundThread {
        guard let run = try? governor.start() else { return }
        for number in 0..<sendCount {
          try? governor.send(
            UInt64(number), #"{"do":"agent.start","run":"\#(run)","agent":"a"}"#)
          _ = try? governor.decide(run, "weather")
        }
      }
    }
    let takers = (0..<2).map { _ in
      BackgroundThread {
        while let (_, answer) = try? governor.next() {
          if answer["ok"] != nil { answered.add(1, ordering: .relaxed) }
        }
      }
    }
    for thread in senders { thread.join() }
    while answered.load(ordering: .relaxed) < 4 * sendCount { BackgroundThread.yield() }
    try governor.close()
    for thread in takers { thread.join() }
    #expect(answered.load(ordering: .relaxed) == 4 * sendCount)
    #expect(try Verifier().verify(store.appending("0")).isFaultless)
  }
}
