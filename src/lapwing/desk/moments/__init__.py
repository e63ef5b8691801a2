"""The queue of moments, the page of one, and what was judged and decided about it."""
