internal import IntaglioStorage
internal import Synchronization

/// Has the governor's thread look into the inbox several times a second.
final class InboxReader: Sendable {
  private let events = EventCount()
  private let isStopped = Atomic(false)
  private static let pause: UInt64 = 200_000_000

  func stop() {
    isStopped.store(true, ordering: .releasing)
    events.notifyAll()
  }

  /// The thread's work.
  func run(_ look: () -> Void) {
    while true {
      let ticket = events.ticket
      if isStopped.load(ordering: .acquiring) { return }
      look()
      events.wait(after: ticket, atMost: Self.pause)
    }
  }
}
