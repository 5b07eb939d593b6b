package import IntaglioFormat

/// Why a state cannot be read.
package enum StateError: Error {
  /// The record at that position is not the node that it should be; the text says what was expected.
  case damaged(SequenceNumber, String)
  /// The store could not read a record; its own error.
  case store(any Error)
}

extension StateError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .damaged(let sequence, let what):
      "the state's node in record \(sequence) is damaged: \(what)"
    case .store(let error): "a node of the state cannot be read: \(error)"
    }
  }
}
