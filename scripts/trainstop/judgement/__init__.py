"""Pure judgement: metrics, intervals, gates. Arrays in, records out; no files, no clock, no network."""
