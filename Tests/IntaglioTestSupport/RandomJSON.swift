package import IntaglioFormat

/// Values of all kinds, and the many ways to write one.
extension SeededGenerator {
  /// A value; `depth` is how much deeper it may nest, `count` the most members and elements of one level.
  package mutating func json(depth: Int = 4, count: Int = 6) -> JSON {
    switch Int.random(in: 0..<(depth == 0 ? 5 : 9), using: &self) {
    case 0: return .null
    case 1: return .bool(.random(using: &self))
    case 2: return .number(String(Int.random(in: -1000...1_000_000, using: &self)))
    case 3: return .number(finiteDouble().description)
    case 4: return .string(text())
    case 5, 6:
      let elementCount = Int.random(in: 0...count, using: &self)
      return .array((0..<elementCount).map { _ in json(depth: depth - 1, count: count) })
    default:
      var names: Set<[UInt8]> = []
      var members: [JSON.Member] = []
      for _ in 0..<Int.random(in: 0...count, using: &self) {
        let name = text()
        guard names.insert(Array(name.utf8)).inserted else { continue }
        members.append(.init(name, json(depth: depth - 1, count: count)))
      }
      return .object(members)
    }
  }

  /// Any finite double, all bit patterns equally likely.
  package mutating func finiteDouble() -> Double {
    while true {
      let value = Double(bitPattern: next())
      if value.isFinite { return value }
    }
  }

  /// A short text of ASCII, controls, letters of two and three bytes, and characters written with surrogates.
  package mutating func text() -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...24, using: &self) {
      let range: ClosedRange<UInt32> =
        switch Int.random(in: 0..<12, using: &self) {
        case 0: 0x00...0x1F
        case 1: 0x22...0x22
        case 2: 0x5C...0x5C
        case 3: 0x7F...0x7FF
        case 4: 0x800...0xD7FF
        case 5: 0xE000...0xFFFF
        case 6: 0x10000...0x10FFFF
        default: 0x20...0x7E
        }
      text.append(Unicode.Scalar(UInt32.random(in: range, using: &self))!)
    }
    return String(text)
  }

  /// `json` as some writer could write it: members in any order, white space, escapes that need not be.
  package mutating func spelling(of json: JSON) -> [UInt8] {
    var output: [UInt8] = []
    spell(json, to: &output)
    return output
  }

  private mutating func spell(_ json: JSON, to output: inout [UInt8]) {
    appendWhiteSpace(to: &output)
    switch json {
    case .null, .bool: output.append(contentsOf: json.canonical)
    case .number(let text): output.append(contentsOf: spelling(ofNumber: text).utf8)
    case .string(let text): spell(text, to: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        spell(element, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (index, member) in members.shuffled(using: &self).enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        appendWhiteSpace(to: &output)
        spell(member.name, to: &output)
        appendWhiteSpace(to: &output)
        output.append(UInt8(ascii: ":"))
        spell(member.value, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
    appendWhiteSpace(to: &output)
  }

  private mutating func appendWhiteSpace(to output: inout [UInt8]) {
    while Int.random(in: 0..<6, using: &self) == 0 {
      output.append([0x20, 0x09, 0x0A, 0x0D].randomElement(using: &self)!)
    }
  }

  private mutating func spelling(ofNumber text: String) -> String {
    switch Int.random(in: 0..<4, using: &self) {
    case 0: text.uppercased()
    case 1: text.contains("e") ? text : text + (text.contains(".") ? "000" : ".0")
    case 2: text.contains("e") ? text : text + "e0"
    default: text
    }
  }

  private mutating func spell(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      if scalar.value >= 0x20, scalar != "\"", scalar != "\\", !Bool.random(using: &self) {
        output.append(contentsOf: UTF8.encode(scalar)!)
      } else {
        for unit in UTF16.encode(scalar)! {
          let digits = [UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit)].hex
          output.append(contentsOf: #"\u"#.utf8)
          output.append(
            contentsOf: (Bool.random(using: &self) ? digits : digits.uppercased()).utf8)
        }
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
