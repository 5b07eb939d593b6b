internal import IntaglioFormat

/// What is remembered under a key.
public enum MemoryValue: Hashable, Sendable {
  /// A text; its words can be searched.
  case text(String)
  /// Bytes of any kind.
  case bytes([UInt8])
  /// Something that lies elsewhere, of which only the pointer is kept.
  case reference(MemoryReference)

  /// The name in the entry and in the command's output.
  package enum Kind: String, Sendable {
    case text
    case bytes
    case reference
  }

  package var kind: Kind {
    switch self {
    case .text: .text
    case .bytes: .bytes
    case .reference: .reference
    }
  }

  /// The value as it lies in the state.
  package var content: [UInt8] {
    switch self {
    case .text(let text): Array(text.utf8)
    case .bytes(let bytes): bytes
    case .reference(let reference): reference.json.canonical
    }
  }

  /// The value of `kind` that lies in the state as `content`, or nil if it is none.
  init?(_ kind: Kind, _ content: [UInt8]) {
    switch kind {
    case .text:
      guard let text = String(validating: content, as: UTF8.self) else { return nil }
      self = .text(text)
    case .bytes: self = .bytes(content)
    case .reference:
      guard let json = try? JSON.parse(content), let reference = MemoryReference(json) else {
        return nil
      }
      self = .reference(reference)
    }
  }
}
