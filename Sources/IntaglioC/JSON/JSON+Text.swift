internal import IntaglioFormat

extension JSON {
  /// The value as a text without white space, with members in the order they have and numbers as they were written: the
  /// canonical form would round nanoseconds to the nearest double.
  var textBytes: [UInt8] {
    var output: [UInt8] = []
    append(to: &output)
    return output
  }

  private func append(to output: inout [UInt8]) {
    switch self {
    case .number(let text): output.append(contentsOf: text.utf8)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.append(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        JSON.string(member.name).appendCanonical(to: &output)
        output.append(UInt8(ascii: ":"))
        member.value.append(to: &output)
      }
      output.append(UInt8(ascii: "}"))
    default: appendCanonical(to: &output)
    }
  }

  /// An object; members without a value are left out.
  static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
    .object(members.compactMap { name, value in value.map { Member(name, $0) } })
  }

  static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }

  static let empty = JSON.object([])
}
