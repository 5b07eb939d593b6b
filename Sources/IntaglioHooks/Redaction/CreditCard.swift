extension PatternScanner {
  /// Finds 13 to 19 digits that hold Luhn's check (ISO/IEC 7812-1, annex B), in groups divided by single spaces or hyphens.
  ///
  /// The digits are all of their row, or groups in it of which none but the last has less than four, and the last not less
  /// than three: so a number is found beside a date, and a table of small numbers is none. The first digit is 2 to 6, as
  /// those of all payment cards, or 1 of fifteen (UATP): most counts of milliseconds are none. Digits that touch a letter, as
  /// in hexadecimal digests, or belong to a decimal fraction, are none.
  mutating func findCreditCard() -> Bool {
    var offset = 0
    while offset < count {
      guard isDigit(at: offset) else {
        offset += 1
        continue
      }
      let isFirst = !(isSeparator(at: offset - 1) && isDigit(at: offset - 2))
      if !isFirst || !touchesNumberOrWord(before: offset) {
        if hasCardNumber(at: offset, isFirst: isFirst) { return true }
      }
      while isDigit(at: offset) { offset += 1 }
    }
    return false
  }

  /// Whether a card's number begins at `start`, the beginning of a group, and of its row if it `isFirst`; looks at few bytes.
  private mutating func hasCardNumber(at start: Int, isFirst: Bool) -> Bool {
    var offset = start
    var luhn = LuhnSum()
    var hasLongGroups = true
    while true {
      let groupStart = offset
      while let byte = byte(at: offset), byte.isASCIIDigit {
        luhn.append(byte - UInt8(ascii: "0"))
        if luhn.count > 19 { return false }
        offset += 1
      }
      let isLast = !(isSeparator(at: offset) && isDigit(at: offset + 1))
      let isShaped = hasLongGroups && offset - groupStart >= 3
      if luhn.isCardNumber, isShaped || isFirst && isLast,
        !isLast || !touchesNumberOrWord(after: offset)
      {
        return true
      }
      if isLast { return false }
      hasLongGroups = hasLongGroups && offset - groupStart >= 4
      offset += 1
    }
  }

  private mutating func isDigit(at offset: Int) -> Bool { byte(at: offset)?.isASCIIDigit == true }

  private mutating func isSeparator(at offset: Int) -> Bool {
    let byte = byte(at: offset)
    return byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-")
  }

  private mutating func touchesNumberOrWord(before offset: Int) -> Bool {
    guard let previous = byte(at: offset - 1) else { return false }
    return previous.isASCIILetter || previous == UInt8(ascii: ".") && isDigit(at: offset - 2)
  }

  private mutating func touchesNumberOrWord(after offset: Int) -> Bool {
    guard let next = byte(at: offset) else { return false }
    return next.isASCIILetter || next == UInt8(ascii: ".") && isDigit(at: offset + 1)
  }
}

/// Luhn's sum of digits that come from the left, although it is defined from the right.
private struct LuhnSum {
  private(set) var count = 0
  private var first: UInt8 = 0
  /// With the first digit doubled, and each second after it.
  private var odd = 0
  /// With the second digit doubled, and each second after it.
  private var even = 0

  mutating func append(_ digit: UInt8) {
    if count == 0 { first = digit }
    let single = Int(digit)
    let doubled = single * 2 > 9 ? single * 2 - 9 : single * 2
    odd += count.isMultiple(of: 2) ? doubled : single
    even += count.isMultiple(of: 2) ? single : doubled
    count += 1
  }

  var isCardNumber: Bool {
    guard (13...19).contains(count), (2...6).contains(first) || first == 1 && count == 15 else {
      return false
    }
    // The last digit is never doubled.
    return (count.isMultiple(of: 2) ? odd : even).isMultiple(of: 10)
  }
}
