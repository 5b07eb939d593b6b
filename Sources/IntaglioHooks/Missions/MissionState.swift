internal import Intaglio
internal import IntaglioFormat

/// The parts of a mission's state that the governor keeps itself: they change by what they mean, and not by themselves.
enum MissionState {
  private static let ownComponents: Set<String> = [
    CapabilityState.granted, GovernorCore.policyComponent, GovernorCore.participantComponent,
    MemoryComponent.keys, MemoryComponent.tags, MemoryComponent.words,
  ]

  /// Refuses a program's change of what the governor keeps itself.
  static func check(_ transaction: StateTransaction) throws(GovernorError) {
    guard let component = transaction.changedComponents.intersection(ownComponents).min() else {
      return
    }
    throw GovernorError(
      .invalid,
      "the component \(component) of a mission's state is the governor's own: grant or revoke capabilities, load policies and remember by the methods for it; nothing was changed"
    )
  }
}
