/// Text that others wrote, safe to print: control characters, bidirectional controls, zero-width characters and line
/// separators become `\u{...}`, and a backslash becomes two.
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
  case 0..<0x20, 0x7F...0x9F: true  // C0, delete, C1
  case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // bidirectional
  case 0x00AD, 0x034F, 0x180E, 0x200B...0x200D, 0x2060...0x2065, 0x206A...0x206F, 0xFEFF:
    true  // zero-width
  case 0x2028, 0x2029, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true  // lines, annotations, tags
  default: false
  }
}
