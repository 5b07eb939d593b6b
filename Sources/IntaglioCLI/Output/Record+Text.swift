internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier

extension Record {
  /// How many characters of a payload a line shows.
  private static let previewCount = 100

  /// The record as a line for people: number, time, stream, kind, and how the payload begins.
  func line(stream name: String, sequenceWidth: Int) -> String {
    let number = String(sequence.rawValue)
    return aligned(number, to: sequenceWidth) + "  "
      + time.iso8601(fractionDigitCount: 3) + "  " + padded(escaped(name), to: 12) + "  "
      + padded(kind.description, to: 5) + "  " + preview
  }

  /// How the payload begins, on one line, safe to print.
  var preview: String {
    if isErased { return "(erased, \(payloadByteCount) bytes)" }
    if let lines = stateLines { return Self.beginning(of: lines.joined(separator: "; ")) }
    let payload = payloadBytes
    let start = Array(payload.prefix(Self.previewCount * 4))
    let text: String
    if (try? JSON.parse(payload)) != nil {
      var bytes: [UInt8] = []
      append(json: start, to: &bytes)
      text = String(decoding: bytes, as: UTF8.self)
    } else if let whole = String(validating: payload, as: UTF8.self) {
      text = escaped(String(whole.unicodeScalars.prefix(Self.previewCount * 4)))
    } else {
      return "(\(payload.count) bytes, no text)"
    }
    return Self.beginning(of: text, isCut: start.count < payload.count)
  }

  private static func beginning(of text: String, isCut: Bool = false) -> String {
    let scalars = text.unicodeScalars
    return scalars.count > previewCount || isCut
      ? String(scalars.prefix(previewCount)) + "…" : text
  }
}

/// `text` with spaces after it up to `width` characters.
func padded(_ text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// `text`, which is one of digits, say, with spaces before it up to `width` characters.
func aligned(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

func aligned(_ number: some BinaryInteger, to width: Int) -> String {
  aligned(String(number), to: width)
}

/// The count and what is counted, as `1 key` and `2 keys`.
func counted(_ count: some BinaryInteger, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
