"""One module a run: its first line says what is run, `measure(preset)` returns seeds and values."""
