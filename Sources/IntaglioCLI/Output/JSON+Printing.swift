internal import IntaglioFormat
internal import IntaglioVerifier

// JSON is printed so that a terminal is safe from it and it remains the same JSON: what `escaped` would replace in text
// can stand in JSON only inside strings, where \uXXXX says the same, and as white space.

/// Appends one JSON text on one line, safe to print.
///
/// - Precondition: `json` was parsed.
func append(json: [UInt8], to output: inout [UInt8]) {
  if json.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
    output.append(contentsOf: json)
    return
  }
  for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
    switch scalar.value {
    case 0..<0x20: output.append(UInt8(ascii: " "))
    case 0x20..<0x7F: output.append(UInt8(truncatingIfNeeded: scalar.value))
    case _ where isHostile(scalar):
      for unit in UTF16.encode(scalar)! {
        let digits = String(unit, radix: 16)
        output.append(contentsOf: #"\u"#.utf8)
        output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
        output.append(contentsOf: digits.utf8)
      }
    default: output.append(contentsOf: UTF8.encode(scalar)!)
    }
  }
}

extension JSON {
  /// Without white space, members in the order they have, safe to print.
  func appendLine(to output: inout [UInt8]) {
    append(to: &output, indentation: nil)
    output.append(UInt8(ascii: "\n"))
  }

  /// Over several lines, indented by two spaces a level, members in the order they have, safe to print.
  func appendIndented(to output: inout [UInt8]) {
    append(to: &output, indentation: 0)
    output.append(UInt8(ascii: "\n"))
  }

  private func append(to output: inout [UInt8], indentation: Int?) {
    switch self {
    case .array(let elements):
      appendList(elements, "[", "]", to: &output, indentation) { element, output, indentation in
        element.append(to: &output, indentation: indentation)
      }
    case .object(let members):
      appendList(members, "{", "}", to: &output, indentation) { member, output, indentation in
        IntaglioCLI.append(json: JSON.string(member.name).canonical, to: &output)
        output.append(contentsOf: (indentation == nil ? ":" : ": ").utf8)
        member.value.append(to: &output, indentation: indentation)
      }
    // As it was recorded: in canonical form it could lose digits.
    case .number(let text): output.append(contentsOf: text.utf8)
    default: IntaglioCLI.append(json: canonical, to: &output)
    }
  }

  private func appendList<Item>(
    _ items: [Item], _ opening: String, _ closing: String, to output: inout [UInt8],
    _ indentation: Int?, _ body: (Item, inout [UInt8], Int?) -> Void
  ) {
    output.append(contentsOf: opening.utf8)
    for (index, item) in items.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      Self.appendLineBreak(to: &output, indentation.map { $0 + 1 })
      body(item, &output, indentation.map { $0 + 1 })
    }
    if !items.isEmpty { Self.appendLineBreak(to: &output, indentation) }
    output.append(contentsOf: closing.utf8)
  }

  private static func appendLineBreak(to output: inout [UInt8], _ indentation: Int?) {
    guard let indentation else { return }
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * 2))
  }
}
