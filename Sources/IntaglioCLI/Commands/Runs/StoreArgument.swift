internal import ArgumentParser
internal import Intaglio
internal import IntaglioHooks
internal import SystemPackage

/// The argument of commands that look at what agents did.
struct StoreArgument: ParsableArguments {
  @Argument(help: "The governor's store, or one log.", completion: .directory)
  var store: FilePath

  func reader() throws(LogError) -> StoreReader { try StoreReader(at: store) }
}
