"""The demonstration: a made-up world at the scale of the origin, prepared up to some days ago and then replayed."""
