"""What things are: immutable values and pure functions. No I/O, no threads, the standard library only."""
