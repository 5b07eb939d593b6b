internal import Intaglio
internal import IntaglioFormat
internal import IntaglioState

extension StateKey {
  /// The key within its component, safe to print: as hexadecimal digits, or as text if it is some.
  func text(_ form: KeyForm) -> String { form == .hexadecimal ? key.hex : printable }

  /// The component and the key, safe to print.
  func path(_ form: KeyForm = .text) -> String { "\(escaped(component))/\(text(form))" }

  /// The key as a member of an object: `key` if it is text, else, or if asked for, `keyHex`.
  func member(_ form: KeyForm) -> JSON.Member {
    guard form == .text, let text = String(validating: key, as: UTF8.self) else {
      return .init("keyHex", .string(key.hex))
    }
    return .init("key", .string(text))
  }
}

/// A label or another text of a user, safe to print and to tell from what is around it.
func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }
