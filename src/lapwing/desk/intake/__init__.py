"""Events that come in over the API: durable first, acknowledged then."""
