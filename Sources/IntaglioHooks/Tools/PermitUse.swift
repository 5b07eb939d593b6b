internal import Synchronization

/// Whether a permit was used.
final class PermitUse: Sendable {
  private let isMarked = Atomic(false)

  func mark() { isMarked.store(true, ordering: .releasing) }

  /// Marks it; false if it was marked before.
  func markFirst() -> Bool { !isMarked.exchange(true, ordering: .acquiringAndReleasing) }

  var wasUsed: Bool { isMarked.load(ordering: .acquiring) }
}
