package import Intaglio

extension StoreReader.Part {
  /// What `mission` remembers, as it is now; nil if this log has no such mission.
  package func memory(ofMission mission: String) throws(LogError) -> MemoryReader? {
    try snapshot.state(ofSpace: GovernorCore.spaceName(ofMission: mission)).map {
      MemoryReader($0)
    }
  }
}
