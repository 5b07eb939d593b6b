internal import Intaglio
internal import IntaglioHooks
internal import SystemPackage

extension StoreArgument {
  /// Does `body` with the log of the store that has `mission`, which no process may be writing.
  func changing(
    mission: String, _ body: (Governor) async throws -> Void
  ) async throws {
    let governor = try await open(try logPath(of: mission))
    do {
      try await body(governor)
      await governor.close()
    } catch {
      await governor.close()
      throw error
    }
  }

  private func logPath(of mission: String) throws -> FilePath {
    for part in try reader().parts where try part.hasMission(mission) { return part.path }
    throw CommandError("there is no mission \(mission) in \(store): `intaglio missions` lists them")
  }

  private func open(_ path: FilePath) async throws -> Governor {
    do throws(GovernorError) { return try await Governor.open(logAt: path) } catch {
      guard error.cause?.code == .busy else { throw error }
      throw CommandError(
        "a program writes \(path), and only it can change what is there: ask it to, or end it and try again"
      )
    }
  }
}
