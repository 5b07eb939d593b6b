/// Text that others wrote, safe to print: control characters, bidirectional controls, invisible characters and line
/// separators become `\u{...}`, and a backslash becomes two.
///
/// Not to be used twice on the same text: of two backslashes it makes four.
package func escaped(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0 == "\\" || isHostile($0) }) else { return text }
  var output = ""
  for scalar in text.unicodeScalars {
    if scalar == "\\" {
      output += "\\\\"
    } else if isHostile(scalar) {
      output += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    } else {
      output.unicodeScalars.append(scalar)
    }
  }
  return output
}

/// Whether a terminal or a reader could be deceived by `scalar`.
package func isHostile(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x20..<0x7F: false
  case 0..<0x20, 0x7F...0x9F: true  // C0, delete, C1
  case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // bidirectional
  case 0x2028, 0x2029, 0xFFF9...0xFFFB: true  // lines, annotations
  // What else is ignored where it is not known (Default_Ignorable_Code_Point): zero-width characters, fillers, variation
  // selectors, the controls of shorthand and of music, tags.
  case 0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x200B...0x200D,
    0x2060...0x2065, 0x206A...0x206F, 0x3164, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0...0xFFF8,
    0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
    true
  default: false
  }
}
