internal import IntaglioFormat
internal import IntaglioVerifier

/// Appends bytes of any kind for people, safe to print: JSON indented, other text line by line, the rest as digits.
func append(readable bytes: [UInt8], to output: inout [UInt8]) {
  if let json = try? JSON.parse(bytes) {
    json.appendIndented(to: &output)
  } else if let text = String(validating: bytes, as: UTF8.self) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      output.append(contentsOf: (escaped(String(line)) + "\n").utf8)
    }
  } else {
    append(hexadecimal: bytes, to: &output)
  }
}

/// Sixteen bytes a line, with the offset of the first.
private func append(hexadecimal bytes: [UInt8], to output: inout [UInt8]) {
  for start in stride(from: 0, to: bytes.count, by: 16) {
    let offset = String(start, radix: 16)
    output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, 8 - offset.count)))
    output.append(contentsOf: offset.utf8)
    output.append(UInt8(ascii: " "))
    for byte in bytes[start..<min(start + 16, bytes.count)] {
      output.append(contentsOf: (" " + [byte].hex).utf8)
    }
    output.append(UInt8(ascii: "\n"))
  }
}
