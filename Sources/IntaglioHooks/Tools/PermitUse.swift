internal import Synchronization

/// Whether what may be used once, a permit or a decision, was used.
final class PermitUse: Sendable {
  private let isMarked = Atomic(false)

  /// Marks it; false if it was marked before.
  func markFirst() -> Bool { !isMarked.exchange(true, ordering: .acquiringAndReleasing) }
}
