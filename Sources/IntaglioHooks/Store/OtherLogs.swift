internal import Intaglio
internal import IntaglioFormat
internal import SystemPackage

/// The other logs of the store that a governor writes one log of, read on from where they were looked at last.
final class OtherLogs {
  private let store: StoreDirectory
  private let own: FilePath
  private var readers: [Int: LogReader] = [:]

  init(of store: StoreDirectory, besides own: FilePath) {
    self.store = store
    self.own = own
  }

  /// The path of the log that began the mission `name`; nil if none of them did.
  ///
  /// Costs what was appended to them since the last call.
  func logOfMission(_ name: String) throws(LogError) -> FilePath? {
    let stream = "state/" + GovernorCore.spaceName(ofMission: name)
    for number in try store.logNumbers() where store.logPath(number) != own {
      if try snapshot(number)?.stream(named: stream) != nil { return store.logPath(number) }
    }
    return nil
  }

  /// What the governors of the other logs have in their states.
  ///
  /// Costs what was appended to them since the last call, and since their governors' newest checkpoints.
  func governors() throws(LogError) -> [StateView] {
    var states: [StateView] = []
    for number in try store.logNumbers() where store.logPath(number) != own {
      if let state = try snapshot(number)?.state(ofSpace: GovernorCore.spaceName) {
        states.append(state)
      }
    }
    return states
  }

  /// Nil for a log that another process is just making: it has no missions.
  private func snapshot(_ number: Int) throws(LogError) -> Snapshot? {
    do throws(LogError) { return try reader(number)?.snapshot() } catch {
      // What was read before may have been lost with its writer, before it was synced: begin anew.
      guard error.code == .historyReplaced, readers.removeValue(forKey: number) != nil else {
        throw error
      }
      return try reader(number)?.snapshot()
    }
  }

  private func reader(_ number: Int) throws(LogError) -> LogReader? {
    if let known = readers[number] { return known }
    do throws(LogError) {
      let reader = try LogReader.open(
        at: store.logPath(number), includingUnsynced: true, access: .copied)
      readers[number] = reader
      return reader
    } catch {
      if error.code == .notALog { return nil }
      throw error
    }
  }
}
