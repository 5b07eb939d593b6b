// Canonical JSON for tests to compare: answers each line of standard input with its canonical form, or with "!" and why it
// is refused.

import IntaglioFormat

while let line = readLine() {
  do {
    print(String(decoding: try JSON.parse(Array(line.utf8)).canonical, as: UTF8.self))
  } catch {
    print("!\(error)")
  }
}
