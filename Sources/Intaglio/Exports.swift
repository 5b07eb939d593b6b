// The types of records, digests and verdicts are part of this module's interface: one import is enough.
@_exported public import IntaglioFormat
@_exported public import IntaglioState
