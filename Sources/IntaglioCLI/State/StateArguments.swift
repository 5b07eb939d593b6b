internal import ArgumentParser
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

/// What every command about a state is told: the log, and the space in it.
struct SpaceArguments: ParsableArguments {
  @OptionGroup var log: LogArgument
  @Option(help: ArgumentHelp("The state space.", valueName: "name"))
  var space = Log.mainStateSpaceName

  /// The space that is meant.
  var named: NamedSpace { NamedSpace(directory: log.directory, name: space) }

  func validate() throws {
    guard isValidName(space), space.utf8.count <= 249 else {
      throw ValidationError("a state space's name has 1 to 249 bytes and no control characters")
    }
  }
}

/// The name of one value of a state.
struct KeyArguments: ParsableArguments {
  @Argument(help: "The part of the state, such as memory: 1 to 64 printable ASCII characters.")
  var component: String
  @Argument(help: "The key in it: text, or digits with --hex.")
  var key: String
  @OptionGroup var keys: KeyFormArguments

  func validate() throws { _ = try stateKey() }

  /// The key that is meant.
  func stateKey() throws(ValidationError) -> StateKey {
    let bytes: [UInt8]
    switch keys.form {
    case .text:
      try checkText(key, "<key>", instead: "--hex")
      bytes = Array(key.utf8)
    case .hexadecimal:
      guard let decoded = [UInt8](hex: key) else {
        throw ValidationError("with --hex a key is pairs of hexadecimal digits")
      }
      bytes = decoded
    }
    guard let key = StateKey(component: component, key: bytes) else {
      throw ValidationError(
        "a component has 1 to 64 printable ASCII characters, and a key 1 to 1024 bytes")
    }
    return key
  }
}

/// How keys are written.
enum KeyForm {
  case text
  case hexadecimal
}

struct KeyFormArguments: ParsableArguments {
  @Flag(help: "Keys are hexadecimal digits.")
  private var hex = false

  var form: KeyForm { hex ? .hexadecimal : .text }
}

/// Refuses an argument in whose place the system gave bytes that are not UTF-8.
///
/// They were replaced when the argument was read, and what was never meant would be used.
func checkText(
  _ text: String, _ name: String, instead alternative: String
) throws(ValidationError) {
  if text.unicodeScalars.contains("\u{FFFD}") {
    throw ValidationError("\(name) is not UTF-8: give its bytes with \(alternative)")
  }
}
