/// Whether this is a debug build, in which long sweeps take ten times as long and leave out some of their cases.
#if DEBUG
  package let isDebugBuild = true
#else
  package let isDebugBuild = false
#endif
