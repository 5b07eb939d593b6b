public import IntaglioFormat

/// A named stream of a log, such as that of one agent run: the name, and the number that frames carry.
///
/// `Log.stream(named:)` gives it, and declares the stream if it is new.
public struct LogStream: Hashable, Sendable {
  /// 1 to 255 bytes of UTF-8 without control characters.
  public let name: String
  /// Numbered from 1 in the order of declaration.
  public let number: StreamNumber

  init(name: String, number: StreamNumber) {
    self.name = name
    self.number = number
  }
}
