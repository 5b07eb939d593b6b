internal import Intaglio
internal import IntaglioFormat

extension Record {
  /// Appends the record as one line of JSON, safe to print, its members always in this order: `sequence`, `time`, `stream`, `kind`,
  /// `digest`, `chain`, `salted` if it is, and the payload.
  ///
  /// The payload is `payload` if it is JSON, `payloadBase64` if not, and `erasedByteCount` if it is gone.
  func appendJSONLine(to output: inout [UInt8], stream name: String) {
    output.append(contentsOf: #"{"sequence":"#.utf8)
    output.append(contentsOf: String(sequence.rawValue).utf8)
    appendMember("time", time.iso8601(), to: &output)
    output.append(contentsOf: #","stream":"#.utf8)
    append(json: JSON.string(name).canonical, to: &output)
    appendMember("kind", kind.description, to: &output)
    appendMember("digest", contentDigest.hex, to: &output)
    appendMember("chain", chain.hex, to: &output)
    if isSalted { output.append(contentsOf: #","salted":true"#.utf8) }
    appendPayload(to: &output)
    output.append(contentsOf: "}\n".utf8)
  }

  private func appendPayload(to output: inout [UInt8]) {
    let payload = payloadBytes
    if isErased {
      output.append(contentsOf: #","erasedByteCount":\#(payloadByteCount)"#.utf8)
    } else if (try? JSON.parse(payload)) != nil {
      output.append(contentsOf: #","payload":"#.utf8)
      append(json: payload, to: &output)
    } else {
      output.append(contentsOf: #","payloadBase64":""#.utf8)
      append(base64: payload, to: &output)
      output.append(UInt8(ascii: "\""))
    }
  }

  /// Appends a member whose value needs no escapes.
  private func appendMember(_ name: String, _ value: String, to output: inout [UInt8]) {
    output.append(contentsOf: #",""#.utf8)
    output.append(contentsOf: name.utf8)
    output.append(contentsOf: #"":""#.utf8)
    output.append(contentsOf: value.utf8)
    output.append(UInt8(ascii: "\""))
  }
}
