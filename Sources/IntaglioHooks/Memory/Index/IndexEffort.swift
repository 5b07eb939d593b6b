/// How far the lists of the index are walked before their entries are only asked for.
package struct IndexEffort: Sendable {
  /// Of words alone no more than so many entries of each are ranked, the newest.
  package var readLimit = 100_000
  /// Where other lists lead, so much of a list is walked in any case.
  package var skipLimit = 1000
  /// To ask whether a list has an entry costs as much as to walk over so many.
  package var lookupCost = 100
  /// Up to so many entries whose keys begin alike are put in the order of rank, and lead.
  package var prefixLimit = 1000

  package init() {}
}
