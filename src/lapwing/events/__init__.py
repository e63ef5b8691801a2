"""What flows in: readers of event files, the vocabulary, the quarantine and the event store."""
