internal import IntaglioFormat

extension Timestamp {
  /// The moment as ISO 8601 in UTC with `digitCount` digits of the second's fraction, such as
  /// `2026-03-01T02:15:00.123456789Z`.
  func iso8601(fractionDigitCount digitCount: Int = 9) -> String {
    let seconds = nanoseconds / 1_000_000_000
    let (year, month, day) = Self.civil(daysSince1970: Int(seconds / 86_400))
    let second = Int(seconds % 86_400)
    let fraction = padded(Int(nanoseconds % 1_000_000_000), to: 9).prefix(digitCount)
    return padded(year, to: 4) + "-" + padded(month, to: 2) + "-" + padded(day, to: 2) + "T"
      + padded(second / 3600, to: 2) + ":" + padded(second / 60 % 60, to: 2) + ":"
      + padded(second % 60, to: 2) + (fraction.isEmpty ? "" : "." + fraction) + "Z"
  }

  /// The Gregorian date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days, for days from 1970 on.
  private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    // Days and years are counted from a 1 March, so that the leap day is the last of a year.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }
}

private func padded(_ number: Int, to width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
