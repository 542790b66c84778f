"""From one percent-format file to notebooks, and the proof that its tests are right."""
