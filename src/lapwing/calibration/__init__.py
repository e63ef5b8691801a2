"""Calibration: false moments promised against false moments counted, where nothing can have begun."""
