internal import IntaglioHooks

/// Looks for names that stand both as an anchor, `&name`, and as an alias, `*name`.
///
/// It knows nothing of quotes and comments, and so may find some that are none: a policy that speaks of both `&x` and `*x`
/// has to say it otherwise.
struct AliasSearch {
  /// The anchor of the first alias that has one.
  private(set) var first: (name: String, place: PolicyNode.Place)?

  init(_ text: String) {
    var anchors: [String: PolicyNode.Place] = [:]
    var place = PolicyNode.Place(line: 1, column: 1)
    var isTokenStart = true
    var sign: (Unicode.Scalar, PolicyNode.Place)?
    var name = ""
    // One scalar more, so that a name at the end is seen as well.
    for scalar in Array(text.unicodeScalars) + ["\n"] {
      if sign != nil, Self.isNameScalar(scalar) {
        name.unicodeScalars.append(scalar)
      } else {
        if let (kind, start) = sign, !name.isEmpty {
          if kind == "&" {
            anchors[name] = start
          } else if let anchor = anchors[name] {
            first = (name, anchor)
            return
          }
        }
        (sign, name) = (nil, "")
        if isTokenStart, scalar == "&" || scalar == "*" { sign = (scalar, place) }
      }
      isTokenStart = !Self.isNameScalar(scalar)
      place.pass(scalar)
    }
  }

  private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }
}
