"""English scene descriptions as data: one reader, used by the expert policy, the sketch generator and claims."""
